"""The words of English sentences on results: what a phrase is → the phrases, separated by bars. See lexicon_zh."""

WORDS: dict[str, str] = {
    "SPLIT test": "test|test set|test images|held-out|testing|test-set",
    "SPLIT val": "validation|validation set|validation images|val|dev",
    "SPLIT train + SPLIT test + METRIC acc": (
        "training and test accuracy|train and test accuracy|training and test accuracies"
    ),
    "SPLIT train": "training set|training images|training data|train set|training split",
    "SPLIT train + METRIC acc": (
        "training accuracy|train accuracy|train acc|training acc|accuracy on the training images"
    ),
    "SPLIT train + METRIC loss": "training loss|train loss",
    "SPLIT train + METRIC error": "training error|train error",
    "METRIC acc": (
        "accuracy|accuracies|acc|recognition rate|hit rate|accurate|recognised|recognizes|recognises|recall"
    ),
    "METRIC error": "error rate|error|test error|error rates|misclassification rate",
    "METRIC loss": "loss|losses",
    "METRIC cross-entropy": "cross-entropy|cross entropy",
    "METRIC params": "parameters|parameter count|params|number of parameters|model size|weights|size",
    "METRIC epochs": "epochs|number of epochs",
    "METRIC time": (
        "training time|time|run time|runtime|training run|to train|takes|seconds per run|training|duration|wall time"
    ),
    "METRIC time an epoch": "per epoch|an epoch|each epoch|every epoch|each taking|a single epoch",
    "METRIC confidence": "confidence|mean confidence|average confidence",
    "METRIC sd": "standard deviation|sd|std",
    "METRIC batch_size": "batch size|batch sizes|mini-batch size|minibatch size",
    "METRIC lr": "learning rate|learning rates",
    "METRIC dropout": "dropout|dropout rate",
    "METRIC interval": "interval|confidence interval",
    "METRIC floor": "floor|lower bound|minimum|smallest loss",
    "METRIC ceiling": "ceiling|upper bound|maximum|largest loss",
    "METRIC chance": "uniform prediction|uniform guess|uniform guessing",
    "METRIC gradient ratio": "gradient|gradients",
    "METRIC correct": "correctly|right|correct|gets right|got right",
    "METRIC mistakes": "incorrectly|misclassifies|misclassified|mistakes|errors|misclassify",
    "METRIC ece": "ece|calibration error",
    "METRIC weight_decay": "weight decay",
    "METRIC label_smoothing": "label smoothing",
    "METRIC hidden_dim": "hidden units|hidden dimension|hidden width|hidden layer size",
    "METRIC ?": (
        "f1|precision|auc|top-5|utilisation|utilization|memory|momentum|cutmix|probability|variance|bias|"
        "correlation|cost|price|lines of code|code|depth|width|resolution|p-value|p|level|speed|complexity|"
        "temperature|power|share|fraction|proportion"
    ),
    "METRIC class a": (
        "all classes|all ten classes|every single class|all the classes|each class|every class|per class|a class"
    ),
    "CMP + good": (
        "crushes|dominates|edges out|is stronger than|defeats|better|superior to|superior|outperforms|outperform|"
        "outperformed|beats|beat|wins against|wins over|stronger"
    ),
    "CMP - good": (
        "underperforms|worse|inferior to|inferior|loses to|trails|lags behind|falls behind|behind|weaker|poorer|lags"
    ),
    "CMP + mag": (
        "leads|higher|greater|exceeds|exceed|exceeded|surpasses|surpass|tops|above|ahead of|ahead|more|"
        "well above|far above|in excess of"
    ),
    "CMP - mag": "lower|less|fewer|below|well below|far below|under",
    "CMP + acc": ("more accurate|more reliably|more accurately|more often correctly|easier to recognise|more reliable"),
    "CMP - acc": "less accurate|less reliably|less accurately|harder to recognise|less reliable",
    "CMP + time": "longer|slower|more time|takes longer",
    "CMP - time": "faster|quicker|shorter|less time|quicker to train",
    "CMP + params": "larger|bigger|more parameters",
    "CMP - params": "smaller|fewer parameters|less parameters",
    "CLOSE": "close|close to each other|similar in size",
    "VAGUE": (
        "high|low|good|bad|strong|weak|excels|shines|struggles|disappointing|impressive|poor|poorly|win|won|"
        "loses|lost|dominant|competitive"
    ),
    "ADVANTAGE": "advantage|lead|margin|edge",
    "CHANGE +": (
        "goes up|went up|go up|climbed|jumps|jumped|grows|grew|raises|raise|improves|improve|improved|increases|"
        "increase|increased|rises|rise|rose|gains|boosts|raised|climbs"
    ),
    "CHANGE -": (
        "goes down|went down|shrinks|shrank|worsens|lowers|lower the|reduces|reduce|reduced|decreases|decrease|"
        "decreased|falls|fell|drops|dropped|hurts|harms|lowered|costs"
    ),
    "DIFF": (
        "gap|difference|differ|differs|distance|apart|difference of|differ by|gap of|differs by|difference is|"
        "separated by|gap is"
    ),
    "EQ": (
        "equivalent|on a par|on par|equal|equally good|as good as|same results|the same results|identical|"
        "no difference|tie|tied|do not differ|does not differ|same accuracy|equally well|perform the same|"
        "just as good as|as accurate as|no different|perform equally well|indistinguishable in performance|"
        "match each other|no difference at all|comparable|similar|the same"
    ),
    "SAME": "same test accuracy|the same test accuracy|also|likewise",
    "UND": (
        "undecided|no significant difference|not significant|cannot be told apart|inconclusive|cannot be decided|"
        "cannot be ranked|no statistically significant difference|not decided|statistically indistinguishable|"
        "indistinguishable|no clear difference|not clear which|cannot tell which|cannot say which|"
        "do not differ significantly|does not differ significantly|not significantly different|unclear which|"
        "not statistically significant|remains open|nothing is decided|no clear winner|is not clear whether|"
        "is unclear whether|insignificant"
    ),
    "SUP + good": (
        "is first|number one|is number one|best|the best|performs best|ranks first|comes first|wins|strongest|"
        "comes out on top|winner|first place|on top|top performer|came first"
    ),
    "SUP - good": "worst|ranks last|comes last|weakest|poorest|last place",
    "SUP + mag": "highest|most|greatest|largest",
    "SUP - mag": "lowest|fewest|least|smallest",
    "SUP + acc": "most accurate|easiest|most reliably|most reliable|easiest class|easiest to recognise",
    "SUP - acc": (
        "fails most often|makes the most mistakes|most mistakes|most errors|hardest|least accurate|"
        "most difficult|hardest class|hardest to recognise"
    ),
    "SUP + time": "longest|slowest",
    "SUP - time": "fastest|shortest|quickest|fastest to train",
    "SECOND": "second only to|followed by|second best|runner-up|second|next comes|in second place",
    "ORDER -": "from best to worst|from high to low|from highest to lowest|in descending order|best first",
    "ORDER +": "from worst to best|from low to high|from lowest to highest|in ascending order",
    "NEG": (
        "not|never|no|cannot|fails to|n't|doesn't|isn't|don't|does not|do not|neither|none of|without|fail to|"
        "failed to|didn't|hardly|none|nor|can't|by no means"
    ),
    "NEG + ALL": "no model|no models|no network",
    "NOEVIDENCE": (
        "do not show|does not show|did not show|don't show|do not prove|cannot say|can't say|cannot claim|"
        "cannot be said|not possible to say|cannot be claimed|do not know whether|no evidence|no indication|"
        "cannot show|not shown|no proof|no reason to believe|cannot conclude|cannot be concluded|no sign"
    ),
    "SIG": "significantly|significant|clearly|statistically|statistically significant|clear",
    "MUCH": "much|far|by far|a lot|vastly|considerably|substantially|by a wide margin|dramatically|greatly",
    "SLIGHT": "slightly|a little|marginally|somewhat|a bit|barely",
    "HYPO": (
        "if|might|may|would|could|should|expected|expect|hoped|hope|perhaps|probably|maybe|thought|believed|"
        "suspect|likely|possibly|assume|suppose|imagine|guess|whether|unless|in theory|had|would have|not all|"
        "not every"
    ),
    "EXCEPT": "except|except for|apart from|other than",
    "THAN": "than|then",
    "COMPARED": "compared with|compared to|in comparison with|in comparison to|relative to|versus|vs|vs.|against",
    "PASSIVE": "outperformed by|beaten by|surpassed by|exceeded by",
    "FROM": "from",
    "TO": "to",
    "PRON": "it|its|this model|this network|that model|that network",
    "PRONS": (
        "they|these two|the two models|the two|the two networks|these two models|both models|both networks|"
        "these models|two models|between the two|both of them|them|their"
    ),
    "FORMER": "the former|former",
    "LATTER": "the latter|latter",
    "OTHERS": (
        "the other models|the others|others|all others|every other model|all other models|the rest|other models|"
        "any other model|the other networks|the remaining models|the other {m} models|the other {m}|"
        "the {m} others|other {m} models|the other {m} networks"
    ),
    "ALL": (
        "all models|every model|each model|each of the models|all of the models|any of the models|the models|"
        "all {n} models|the {n} models|{n} models|all {n}|all {n} networks|all {n} of them"
    ),
    "DENSE": (
        "fully connected networks|fully-connected networks|two fully connected networks|"
        "both fully connected networks|the two fully connected networks|fully connected models|dense networks|"
        "the fully connected networks"
    ),
    "FAMILY": "softmax regression",
    "HW": (
        "the homework|homework's|the homework's|homework|the homework's figure|the homework's figures|"
        "the assignment|the assignment's|the handout|the homework gives"
    ),
    "NOTHW": (
        "this homework|my homework|our homework|the homework helped|homework assignment|the homework taught|"
        "this assignment|doing the homework|the homework asked|the homework asks"
    ),
    "OUR": "our|ours|my|we|mine|i",
    "ONLY": "the only|only the|only model",
    "BOTH": "both|all|each|every|either",
    "CLASSWORD": "class|classes",
    "RESP": "respectively",
    "OVERFIT": "overfits|overfitting|overfit|overfitted|over-fits",
    "OVERCONFIDENT": "overconfident|over-confident|too confident",
    "DIVERGED": "diverged|diverges|diverge|divergence",
    "UNLEARNED": (
        "did not recognise a single|does not recognise a single|recognised not a single|not recognise any|"
        "did not recognise any|never learned|does not learn|did not learn|fails to learn|never learns|"
        "never learnt|failed to learn|didn't learn|does not recognise at all|not learned|unlearned"
    ),
    "MOST": "most often|most frequently|most commonly",
    "OFTEN": "often|frequently|usually|commonly|sometimes|tends to",
    "SIGN": "signs|sign",
    "IGN": (
        "the same test images|same test images|on the same data|as high as|as low as|high-dimensional|good old|"
        "better understand|better understanding|understand better|most importantly|most important|"
        "more importantly|at least|at most|at first|at last|last but not least|at best|more and more|"
        "more or less|no more|no longer|right away|all right|not only|much of|understand softmax better|far from|"
        "so far|as far as|in more detail|further|first of all|second of all|as well as|at the same time|"
        "in the same way|the same seed|the same time|same batch|the same images|same data|same settings|"
        "the same recipe|the same seeds|all in all|above all|as above|mentioned above|see below|described below|"
        "learned more|best practice|do our best|learn more|know more|to be honest|too much|very much|as much|"
        "how much|most of|mostly|most people|most time"
    ),
}
