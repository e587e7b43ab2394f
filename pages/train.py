"""Train: a classifier of one's own pictures, from the first picture to a model that is taken home."""

import streamlit as st

from pages.components import layout, train_knobs, train_session
from pages.components.code_snippets import draw_code_snippets
from pages.components.train_augment import draw_augmentation
from pages.components.train_data import EXAMPLE, draw_data
from pages.components.train_keep import draw_keep
from pages.components.train_look import choose_one, draw_look
from pages.components.train_run import draw_training
from pages.components.train_session import STEP
from pages.components.train_texts import draw_texts
from pages.components.train_try import draw_try
from zoo.core.snippets import ExampleFile

HOW = """
A **backbone**, trained before on a million photographs, turns each picture into a vector of features. The **head**, a
linear layer with a softmax, is trained on these features: that takes seconds, and a few dozen pictures are enough
([Kornblith et al. 2019](https://arxiv.org/abs/1805.08974)). With *epochs of all layers* the backbone is trained too:
early layers by smaller learning rates than late ones ([Howard and Ruder 2018](https://arxiv.org/abs/1801.06146)), the
rate rising and falling once ([Smith 2018](https://arxiv.org/abs/1803.09820)).

- The **learning-rate finder** ([Smith 2017](https://arxiv.org/abs/1506.01186)) raises the rate batch by batch. The
  suggestion is where the loss falls fastest.
- A part of the pictures is held out for **validation**, the same part for the same seed, each class in proportion.
  Near-duplicates are never on both sides. **Test pictures** are yours to bring; nothing is chosen by them.
- Probabilities are **calibrated** by a temperature ([Guo et al. 2017](https://arxiv.org/abs/1706.04599)).
- **Label errors** are looked for by confident learning
  ([Northcutt et al. 2021](https://arxiv.org/abs/1911.00068)): each picture is predicted by a head that was not trained
  on it, and a label is doubtful where another class is more probable than is usual for that class.
- **Mixup** ([Zhang et al. 2018](https://arxiv.org/abs/1710.09412)) averages two pictures and their labels, **CutMix**
  ([Yun et al. 2019](https://arxiv.org/abs/1905.04899)) puts a part of one into the other.
"""
PRIVATE = (
    "Your pictures stay on this server, under the secret name in this page's address. Whoever has the address can see "
    "and change them; nobody else. They are removed a week after the last change."
)
STEPS = ("Data", "Augment", "Train", "Look", "Try", "Keep")
FORMER = {"Look and clean": "Look"}  # names of steps in older links

KINDS = ("Pictures", "Texts")


def draw_pictures() -> None:
    """From the first picture to a model that is taken home, step by step."""
    dataset = train_session.current()
    linked = st.query_params.get(STEP)
    if linked in FORMER and STEP not in st.session_state:
        st.session_state[STEP] = FORMER[linked]
    step = choose_one("Step", STEPS, STEP)
    recorded = train_session.latest(dataset)
    if dataset is not None:
        train_session.offer_models(dataset)
    with layout.errors_as_sentences():
        if step == "Data":
            draw_data(dataset)
        elif step == "Keep":
            draw_keep(dataset)
        elif dataset is None or not dataset.classes:
            st.info("Bring pictures first.", icon=":material/add_photo_alternate:")
            st.button("Go to Data", on_click=train_session.go, args=("Data",))
        elif step == "Augment":
            draw_augmentation(dataset)
        elif step == "Train":
            draw_training(dataset)
        elif step == "Look":
            draw_look(dataset)
        elif recorded is None:
            st.info("Train first.", icon=":material/model_training:")
            st.button("Go to Train", on_click=train_session.go, args=("Train",))
        else:
            draw_try(dataset, recorded.training)
    if dataset is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(PRIVATE, width="stretch")
            layout.link_to_here()
            st.button("Start anew", icon=":material/restart_alt:", on_click=train_session.start_anew)
    layout.how_it_works(HOW)
    draw_code_snippets("train", {"archive": "pictures.zip" if dataset else ExampleFile(EXAMPLE)}, train_knobs.chosen())


layout.header("train")
kind = st.segmented_control(
    "What to train on",
    KINDS,
    default=KINDS[0],
    required=True,
    key="kind",
    bind="query-params",
    label_visibility="collapsed",
    wrap=True,
)
if kind == "Texts":
    draw_texts()
else:
    draw_pictures()
