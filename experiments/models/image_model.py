"""What the trainer of the image models may ask of a net beyond its logits."""

from collections.abc import Iterable

from torch import Tensor, nn


class ImageModel(nn.Module):
    """A net with weights that a recipe can treat in a special way; each method says which, here none.

    A net without such weights may be a plain nn.Module. Dropout must come from experiments.models.dropout.
    """

    def filters(self) -> Tensor | None:
        """First weights (count, 3·side²) that may begin as Gabor filters and have a rate of their own: filter_norm,
        filter_lr."""
        return None

    def matrices(self) -> Iterable[Tensor]:
        """The weights that Muon trains, each followed by a normalisation: muon_lr."""
        return ()

    def whiten(self, views: Tensor) -> bool:
        """Replace the first filters by ones that whiten standardised views (B, 3, H, W), and freeze them: whitening.

        Returns whether the net has such filters.
        """
        return False


def special_weights(net: nn.Module) -> ImageModel:
    """The net itself, or for a plain nn.Module one without any special weights."""
    return net if isinstance(net, ImageModel) else ImageModel()
