"""The works that the report cites, numbered in the order in which a page first names them."""

from dataclasses import dataclass

from markupsafe import Markup

from report.errors import RenderError


@dataclass(frozen=True)
class Work:
    """One entry of the list of references."""

    authors: str
    title: str
    published: str  # where, and when
    address: str  # arXiv:…, doi:…, or https://…

    @property
    def url(self) -> str:
        """Where a reader's link leads."""
        scheme, _, rest = self.address.partition(":")
        return {"arXiv": "https://arxiv.org/abs/", "doi": "https://doi.org/", "https": "https:"}[scheme] + rest


WORKS = {
    "adamw": Work("I. Loshchilov, F. Hutter", "Decoupled weight decay regularization", "ICLR 2019", "arXiv:1711.05101"),
    "average": Work(
        "D. Morales-Brotons, T. Vogels, H. Hendrikx",
        "Exponential moving average of weights in deep learning: dynamics and benefits",
        "Transactions on Machine Learning Research, 2024",
        "arXiv:2411.18704",
    ),
    "batch-norm": Work(
        "S. Ioffe, C. Szegedy",
        "Batch normalization: accelerating deep network training by reducing internal covariate shift",
        "ICML 2015",
        "arXiv:1502.03167",
    ),
    "blur-pool": Work(
        "R. Zhang", "Making convolutional networks shift-invariant again", "ICML 2019", "arXiv:1904.11486"
    ),
    "bootstrap": Work(
        "B. Efron, R. J. Tibshirani",
        "An introduction to the bootstrap",
        "Chapman & Hall, 1993",
        "doi:10.1201/9780429246593",
    ),
    "calibration": Work(
        "C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger",
        "On calibration of modern neural networks",
        "ICML 2017",
        "arXiv:1706.04599",
    ),
    "crelu": Work(
        "W. Shang, K. Sohn, D. Almeida, H. Lee",
        "Understanding and improving convolutional neural networks via concatenated rectified linear units",
        "ICML 2016",
        "arXiv:1603.05201",
    ),
    "crops": Work("C. Szegedy et al.", "Going deeper with convolutions", "CVPR 2015", "arXiv:1409.4842"),
    "cutmix": Work(
        "S. Yun et al.",
        "CutMix: regularization strategy to train strong classifiers with localizable features",
        "ICCV 2019",
        "arXiv:1905.04899",
    ),
    "cutout": Work(
        "T. DeVries, G. W. Taylor",
        "Improved regularization of convolutional neural networks with cutout",
        "2017",
        "arXiv:1708.04552",
    ),
    "d2l": Work("A. Zhang, Z. C. Lipton, M. Li, A. J. Smola", "Dive into deep learning", "2021", "arXiv:2106.11342"),
    "dropout": Work(
        "G. E. Hinton et al.",
        "Improving neural networks by preventing co-adaptation of feature detectors",
        "2012",
        "arXiv:1207.0580",
    ),
    "fashion-mnist": Work(
        "H. Xiao, K. Rasul, R. Vollgraf",
        "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms",
        "2017",
        "arXiv:1708.07747",
    ),
    "fisher": Work(
        "R. A. Fisher",
        "The logic of inductive inference",
        "Journal of the Royal Statistical Society 98, 1935",
        "doi:10.2307/2342435",
    ),
    "gabor": Work(
        "B. Pandey, M. Pachitariu, B. W. Brunton, K. D. Harris",
        "Structured random receptive fields enable informative sensory encodings",
        "PLoS Computational Biology 18, 2022",
        "doi:10.1371/journal.pcbi.1010484",
    ),
    "gelu": Work("D. Hendrycks, K. Gimpel", "Gaussian error linear units (GELUs)", "2016", "arXiv:1606.08415"),
    "growth": Work(
        "M. Tan, Q. V. Le", "EfficientNetV2: smaller models and faster training", "ICML 2021", "arXiv:2104.00298"
    ),
    "holm": Work(
        "S. Holm",
        "A simple sequentially rejective multiple test procedure",
        "Scandinavian Journal of Statistics 6, 1979",
        "https://www.jstor.org/stable/4615733",
    ),
    "imagenet": Work(
        "O. Russakovsky et al.",
        "ImageNet large scale visual recognition challenge",
        "International Journal of Computer Vision 115, 2015",
        "arXiv:1409.0575",
    ),
    "imagenette": Work("J. Howard", "Imagenette", "2019", "https://github.com/fastai/imagenette"),
    "mcnemar": Work(
        "Q. McNemar",
        "Note on the sampling error of the difference between correlated proportions or percentages",
        "Psychometrika 12, 1947",
        "doi:10.1007/BF02295996",
    ),
    "muon": Work(
        "K. Jordan et al.",
        "Muon: an optimizer for hidden layers in neural networks",
        "2024",
        "https://kellerjordan.github.io/posts/muon",
    ),
    "one-cycle": Work(
        "L. N. Smith, N. Topin",
        "Super-convergence: very fast training of neural networks using large learning rates",
        "2017",
        "arXiv:1708.07120",
    ),
    "pytorch": Work(
        "A. Paszke et al.",
        "PyTorch: an imperative style, high-performance deep learning library",
        "NeurIPS 2019",
        "arXiv:1912.01703",
    ),
    "residual": Work(
        "K. He, X. Zhang, S. Ren, J. Sun",
        "Deep residual learning for image recognition",
        "CVPR 2016",
        "arXiv:1512.03385",
    ),
    "scaling-mlps": Work(
        "G. Bachmann, S. Anagnostidis, T. Hofmann",
        "Scaling MLPs: a tale of inductive bias",
        "NeurIPS 2023",
        "arXiv:2306.13575",
    ),
    "smoothing": Work(
        "C. Szegedy et al.",
        "Rethinking the Inception architecture for computer vision",
        "CVPR 2016",
        "arXiv:1512.00567",
    ),
    "smoothing-confidence": Work(
        "R. Müller, S. Kornblith, G. Hinton", "When does label smoothing help?", "NeurIPS 2019", "arXiv:1906.02629"
    ),
    "squeeze-excitation": Work(
        "J. Hu, L. Shen, G. Sun", "Squeeze-and-excitation networks", "CVPR 2018", "arXiv:1709.01507"
    ),
    "stochastic-depth": Work(
        "G. Huang et al.",
        "Deep networks with stochastic depth",
        "ECCV 2016",
        "arXiv:1603.09382",
    ),
    "whitening": Work("K. Jordan", "94% on CIFAR-10 in 3.29 seconds on a single GPU", "2024", "arXiv:2404.00498"),
    "wilson": Work(
        "E. B. Wilson",
        "Probable inference, the law of succession, and statistical inference",
        "Journal of the American Statistical Association 22, 1927",
        "doi:10.1080/01621459.1927.10502953",
    ),
    "zoom": Work(
        "H. Touvron, A. Vedaldi, M. Douze, H. Jégou",
        "Fixing the train-test resolution discrepancy",
        "NeurIPS 2019",
        "arXiv:1906.06423",
    ),
}


class Bibliography:
    """Which works a page has cited so far."""

    def __init__(self) -> None:
        self._cited: list[str] = []

    def cite(self, name: str) -> Markup:
        """The number of a work, a link to its entry. Raises RenderError for one not in WORKS."""
        if name not in WORKS:
            raise RenderError(f"{name!r} is no work that the report knows; add it to WORKS in report/literature.py")
        if name not in self._cited:
            self._cited.append(name)
        return Markup('<a class="cite" href="#work:{}">[{}]</a>').format(name, self._cited.index(name) + 1)

    def entries(self) -> list[tuple[str, Work]]:
        """(name, work) of all that were cited, in the order of their numbers."""
        return [(name, WORKS[name]) for name in self._cited]
