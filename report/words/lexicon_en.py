"""The words of English sentences on results: what a phrase is → the phrases, separated by bars. See lexicon_zh."""

WORDS: dict[str, str] = {
    "SPLIT test": "unseen images|unseen data|unseen|test|test set|test images|held-out|testing|test-set",
    "SPLIT val": "validation|validation set|validation images|val|dev",
    "SPLIT train + SPLIT test + METRIC acc": (
        "training and test accuracy|train and test accuracy|training and test accuracies"
    ),
    "SPLIT train + SPLIT test": (
        "from training to test|from train to test|from training to testing|between training and test"
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
    "METRIC params": (
        "parameters|parameter count|parameter counts|params|number of parameters|model size|weights|size"
    ),
    "METRIC epochs": "epochs|number of epochs",
    "METRIC time": (
        "training time|time|run time|runtime|training run|to train|takes|seconds per run|training|duration|wall time"
    ),
    "METRIC time an epoch": "per epoch|one epoch|an epoch|each epoch|every epoch|each taking|a single epoch",
    "METRIC confidence": "confidence|mean confidence|average confidence|sure|% sure",
    "METRIC gap": (
        "generalisation gap|generalization gap|train-test gap|training-test gap|overfitting gap|"
        "gap between training and test accuracy"
    ),
    "METRIC class spread": "spread|class spread|spread across classes|spread over the classes",
    "METRIC gradient": "gradient norm|gradient norms|norm of the gradient",
    "METRIC top probability": (
        "largest probability|maximal probability|highest probability|maximum probability|greatest probability|"
        "largest possible probability|out of the second softmax"
    ),
    "METRIC p": "p-value|p value|p|p-values",
    "METRIC sd": "standard deviation|sd|std",
    "METRIC batch_size": "batch size|batch sizes|mini-batch size|minibatch size",
    "METRIC lr": "learning rate|learning rates",
    "METRIC dropout": "dropout|dropout rate",
    "METRIC interval": "interval|confidence interval",
    "METRIC floor": "floor|lower bound|minimum|smallest loss",
    "METRIC ceiling": "ceiling|upper bound|maximum|largest loss",
    "METRIC chance": "uniform prediction|uniform guess|uniform guessing",
    "METRIC gradient ratio": "gradient|gradients",
    "METRIC guess": ("guesses|guessed|chance|guessing|random guessing|random guess|chance level|guessing at random"),
    "METRIC correct": "correctly|right|correct|gets right|got right",
    "METRIC mistakes": "incorrectly|misclassifies|misclassified|mistakes|errors|misclassify",
    "METRIC ece": "ece|calibration error|expected calibration error|calibration|calibrated|miscalibration",
    "METRIC weight_decay": "weight decay",
    "METRIC label_smoothing": "label smoothing",
    "METRIC hidden_dim": "hidden units|hidden dimension|hidden width|hidden layer size",
    "METRIC ?": (
        "f1|precision|auc|top-5|utilisation|utilization|memory|momentum|cutmix|probability|variance|bias|"
        "correlation|cost|price|lines of code|code|depth|width|resolution|level|speed|complexity|temperature|"
        "power|share|fraction|proportion"
    ),
    "METRIC class a + EXCEPT": (
        "every class but|all classes but|each class but|all the classes but|on all classes but"
    ),
    "METRIC class a": (
        "all classes|all ten classes|every single class|all the classes|each class|every class|per class|a class|"
        "all other classes|all remaining classes|every other class|all the other classes|all of its classes|"
        "all its classes|every one of its classes|every one of the classes|every one of the ten classes|"
        "the remaining classes|the other classes|any class|any of the classes|any of its classes|"
        "each of the classes|each of the ten classes|all of the classes|any single class"
    ),
    "NOCLASS": (
        "no class|not a single class|none of the classes|none of its classes|none of the ten classes|"
        "no single class|no other class|not one class|not one of the classes"
    ),
    "PAIR": (
        "before and after the correction|before and after the fix|before and after fixing|"
        "before and after the bug was fixed|before and after"
    ),
    "BUG": "the bug|bug|this bug|the mistake|wrong line of code|wrong line|the faulty line|the faulty loss",
    "CMP + good": (
        "crushes|dominates|edges out|is stronger than|defeats|better|superior to|superior|outperforms|outperform|"
        "outperformed|beats|beat|wins against|wins over|stronger|outscores|outclasses|overtakes|beating|"
        "outperforming|surpassing|leads|ahead of|ahead|in front of|leading|far ahead of|well ahead of"
    ),
    "CMP - good": (
        "underperforms|worse|inferior to|inferior|loses to|trails|lags behind|falls behind|behind|weaker|poorer|"
        "lags|trailing|trail|lag behind|fall behind"
    ),
    "CMP + mag": (
        "higher|greater|exceeds|exceed|exceeded|surpasses|surpass|tops|above|more|well above|far above|"
        "in excess of|exceeding"
    ),
    "CMP - mag": "lower|less|fewer|below|well below|far below",
    "CMP + acc": (
        "easier|more accurate|more reliably|more accurately|more often correctly|easier to recognise|more reliable"
    ),
    "CMP - acc": (
        "harder|more difficult|harder to tell|less accurate|less reliably|less accurately|harder to recognise|"
        "less reliable"
    ),
    "CMP + time": "longer|slower|more time|takes longer",
    "CMP - time": "faster|quicker|shorter|less time|quicker to train",
    "CMP + params": "larger|bigger|more parameters",
    "CMP - params": "smaller|fewer parameters|less parameters",
    "CLOSE": "close|close to each other|similar in size",
    "VAGUE": (
        "high|low|good|bad|strong|weak|excels|shines|struggles|disappointing|impressive|poor|poorly|win|won|"
        "dominant|competitive"
    ),
    "ADVANTAGE": "advantage|lead|margin|edge",
    "CHANGE +": (
        "wins back|win back|regains|recovers|recovered|earns back|gain of|lifts|lifted|lift|goes up|went up|"
        "go up|climbed|jumps|jumped|grows|grew|raises|raise|improves|improve|improved|increases|increase|"
        "increased|rises|rise|rose|gains|boosts|raised|climbs"
    ),
    "CHANGE -": (
        "loses|lose|lost|goes down|went down|shrinks|shrank|worsens|lowers|lower the|reduces|reduce|reduced|"
        "decreases|decrease|decreased|falls|fell|drops|dropped|hurts|harms|lowered|costs"
    ),
    "DIFF": (
        "gap|difference|differ|differs|distance|apart|difference of|differ by|gap of|differs by|difference is|"
        "separated by|gap is"
    ),
    "EQ": (
        "equivalent|on a par|on par|equal|equally good|as good as|same results|the same results|identical|"
        "no difference|tie|tied|do not differ|does not differ|same accuracy|equally well|perform the same|"
        "just as good as|as accurate as|no different|perform equally well|indistinguishable in performance|"
        "match each other|did not change|does not change|unchanged|stays the same|stay the same|remains the same|"
        "no change|no difference at all|comparable|similar|the same"
    ),
    "SAME": "same test accuracy|the same test accuracy|also|likewise",
    "UND": (
        "not significantly so|but not significantly|does not confirm|do not confirm|does not support|"
        "do not support|did not confirm|is not confirmed|too close to call|cannot tell whether|"
        "cannot say whether|not clear whether|cannot decide whether|within the margin of error|within the error|"
        "do not tell us whether|does not tell us whether|undecided|no significant difference|not significant|"
        "cannot be told apart|inconclusive|cannot be decided|cannot be ranked|"
        "no statistically significant difference|not decided|statistically indistinguishable|indistinguishable|"
        "no clear difference|not clear which|cannot tell which|cannot say which|do not differ significantly|"
        "does not differ significantly|not significantly different|unclear which|not statistically significant|"
        "remains open|nothing is decided|no clear winner|is not clear whether|is unclear whether|insignificant"
    ),
    "SUP + good": (
        "does best|do best|performs the best|handles best|strongest class|best-performing|knows best|copes best|"
        "is first|number one|is number one|best|the best|performs best|ranks first|comes first|wins|strongest|"
        "comes out on top|winner|first place|on top|top performer|came first"
    ),
    "SUP - good": (
        "does worst|do worst|performs worst|struggles most|struggle most|most trouble|most difficulty|worst|"
        "ranks last|comes last|weakest|poorest|last place"
    ),
    "SUP + mag": (
        "highest|most|greatest|largest|widest|biggest|benefits most|benefit most|gains most|improves most|"
        "gain most|profits most"
    ),
    "SUP - mag": "lowest|fewest|least|smallest|narrowest|benefits least|gains least",
    "SUP + acc": "most accurate|easiest|most reliably|most reliable|easiest class|easiest to recognise",
    "SUP - acc": (
        "fails most often|makes the most mistakes|most mistakes|most errors|hardest|least accurate|"
        "most difficult|hardest class|hardest to recognise"
    ),
    "SUP + spread": "most uneven|least even|least balanced",
    "SUP - spread": "most even|most balanced|most uniform|evenest|most consistent",
    "SUP + ece": "worst calibrated|least calibrated|poorest calibrated|worst-calibrated|least well calibrated",
    "SUP - ece": "best calibrated|best-calibrated",
    "SUP + time": "longest|slowest",
    "SUP - time": "fastest|shortest|quickest|fastest to train",
    "SECOND": "second only to|followed by|second best|runner-up|second|next comes|in second place",
    "RANK 3": "third best|comes third|ranks third|in third place|third place|is third|third-best|third highest",
    "RANK 4": "fourth best|comes fourth|ranks fourth|in fourth place|fourth place|fourth-best|fourth highest",
    "RANK -2": (
        "second to last|second-to-last|second worst|second-worst|next to last|last but one|second lowest|"
        "second hardest|second most difficult|penultimate"
    ),
    "RANK -3": "third worst|third-worst|third lowest|third to last|third hardest",
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
    "SIG": (
        "does confirm|confirms|confirmed by the test|passes the test|significantly|significant|clearly|"
        "statistically|statistically significant|clear"
    ),
    "MUCH": "much|far|by far|a lot|vastly|considerably|substantially|by a wide margin|dramatically|greatly",
    "SLIGHT": "slightly|a little|marginally|somewhat|a bit|barely",
    "HYPO": (
        "if|might|may|would|could|should|expected|expect|hoped|hope|perhaps|probably|maybe|thought|believed|"
        "suspect|likely|possibly|assume|suppose|imagine|guess|whether|unless|in theory|would have|not all|"
        "not every"
    ),
    "EXCEPT": (
        "except|except for|apart from|other than|all but|all classes but|but for|with the exception of|save for|"
        "aside from"
    ),
    "THAN": "than|then",
    "COMPARED": ("compared with|compared to|in comparison with|in comparison to|relative to|versus|vs|vs.|against"),
    "PASSIVE": "outperformed by|beaten by|surpassed by|exceeded by",
    "FROM": "from",
    "TO": "to",
    "PRON": "it|its|this model|this network|that model|that network",
    "PRONS": (
        "they|these two|the two models|the two|the two networks|these two models|both models|both networks|"
        "these models|two models|between the two|both of them|them|their"
    ),
    "LASTTWO": "the last two|last two|the latter two|the other two|the bottom two|the two at the bottom",
    "FORMER": "the former|former",
    "LATTER": "the latter|latter",
    "OTHERS": (
        "the other models|the others|others|all others|every other model|all other models|the rest|other models|"
        "any other model|the other networks|the remaining models|the other {m} models|the other {m}|"
        "the {m} others|other {m} models|the other {m} networks"
    ),
    "ALL": (
        "all image models|all three image models|all models|every model|each model|each of the models|"
        "all of the models|any of the models|the models|all {n} models|the {n} models|{n} models|all {n}|"
        "all {n} networks|all {n} of them"
    ),
    "DENSE": (
        "the mlps|mlps|both mlps|the two mlps|fully connected nets|two fully connected nets|"
        "both fully connected nets|the fully connected nets|dense nets|the two fully connected nets|"
        "fully connected ones|two fully connected ones|the two fully connected models|two fully connected models|"
        "both fully connected models|two dense networks|the dense networks|fully connected networks|"
        "fully-connected networks|two fully connected networks|both fully connected networks|"
        "the two fully connected networks|fully connected models|dense networks|the fully connected networks"
    ),
    "VARIANTS": (
        "all variants|each variant|every variant|all four variants|all five variants|the variants|each of the variants"
    ),
    "FAMILY": "softmax regression",
    "HW": (
        "the homework|homework's|the homework's|homework|the homework's figure|the homework's figures|"
        "the assignment|the assignment's|the handout|the homework gives|the handout's|handout|"
        "the assignment sheet|the problem sheet|we were given|i was given|given to us|in the assignment|"
        "the given|the exercise sheet|the teacher's|the instructor's|the professor's|the course's|"
        "the original figure|the original figures|the original report|the original table"
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
        "not a single|not a single one of the|does not get a single|gets not a single|not even one|"
        "did not recognise a single|does not recognise a single|recognised not a single|not recognise any|"
        "did not recognise any|never learned|does not learn|did not learn|fails to learn|never learns|"
        "never learnt|failed to learn|didn't learn|does not recognise at all|not learned|unlearned"
    ),
    "MOST": "most often|most frequently|most commonly",
    "OFTEN": "often|frequently|usually|commonly|sometimes|tends to",
    "SIGN": "signs|sign",
    "IGN": (
        "every second|falls on|fall on|fell on|if i look at|if i compare|if i only look at|struck me most|"
        "surprised me most|surprises me most|impressed me most|interests me most|whether measured|whether judged|"
        "no matter whether|whether by|the same picture|same picture|the same story|a similar picture|"
        "the same conclusion|the same trend|the same data|than i thought|than i expected|than expected|"
        "than we expected|than i had expected|than we thought|one and the same|the lower the better|"
        "lower is better|the higher the better|higher is better|if we count|if we look at|if one looks at|"
        "if we compare|if you look at|if one counts|if judged by|if measured by|the same test images|"
        "same test images|on the same data|as high as|as low as|high-dimensional|good old|better understand|"
        "better understanding|understand better|most importantly|most important|more importantly|at least|"
        "at most|at first|at last|last but not least|at best|more and more|more or less|no more|no longer|"
        "right away|all right|not only|much of|understand softmax better|far from|so far|as far as|"
        "in more detail|further|first of all|second of all|as well as|at the same time|in the same way|"
        "the same seed|the same time|same batch|the same images|same data|same settings|the same recipe|"
        "the same seeds|all in all|above all|as above|mentioned above|see below|described below|learned more|"
        "best practice|do our best|learn more|know more|to be honest|too much|very much|as much|how much|most of|"
        "mostly|most people|most time"
    ),
}
