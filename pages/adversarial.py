"""Adversarial: the same picture to your eyes, another one to the network."""

import json
from functools import partial

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts, input_picker, job_progress, knob_widgets, layout
from pages.components.code_snippets import written
from pages.components.explanation_maps import draw_explanations, picture
from pages.components.input_picker import Picture
from pages.components.official_models import fetched
from pages.components.predictions import draw_answer
from zoo.core.cards import exhibit_cards, find_card
from zoo.core.images import encode_png
from zoo.core.knobs import parse_knobs
from zoo.exhibits import adversarial as exhibit
from zoo.exhibits.adversarial import Attack, Case, Curve, Surrogate, Transfer
from zoo.exhibits.adversarial.knobs import DEFAULT_MODEL, AttackKnobs, DefenceKnobs, SurrogateKnobs

HOW = """
Training moves a network's weights against the slope of its loss. An attack holds the weights still and moves the
**picture** along that slope: each channel of each pixel by at most **epsilon**, in whichever direction hurts.

- **FGSM** ([Goodfellow et al. 2014](https://arxiv.org/abs/1412.6572)) takes one step along the gradient's sign. The
  sign does not depend on epsilon, so the slider answers at once.
- **Iterated FGSM** ([Kurakin et al. 2016](https://arxiv.org/abs/1607.02533)) looks at the slope anew after each of many
  small steps; **PGD** ([Madry et al. 2017](https://arxiv.org/abs/1706.06083)) begins at a random place within epsilon.

**Withstanding FGSM is not robustness**: a network can learn to hide its slope from one step, and fall to ten. Judge a
defence by PGD. The same holds for checks of the input ([Xu et al. 2017](https://arxiv.org/abs/1704.01155)): they undo
an attack that does not know of them ([Athalye et al. 2018](https://arxiv.org/abs/1802.00420)).

Without its weights an attacker has answers alone. From a few hundred of them a **surrogate** is learnt, linear in
coarse shifts of colour ([Ribeiro et al. 2016](https://arxiv.org/abs/1602.04938)), and learnt anew around its own attack
([Papernot et al. 2016](https://arxiv.org/abs/1602.02697)): hidden weights protect little.

What is attacked is the picture at the size that the model sees; epsilon is counted in steps of its 8-bit channels.
"""
NAMES = {"fgsm": "FGSM", "iterated": "Iterated FGSM", "pgd": "PGD"}


@st.cache_resource(max_entries=50, show_spinner="Finding its slope…")
def opened(key: str, model: str, target: str, _image: object) -> Case:
    return exhibit.open_case(_image, AttackKnobs(model=model, target=target))  # type: ignore[arg-type]


@st.cache_resource(max_entries=200, show_spinner="Attacking…")
def attacked(key: str, knobs: AttackKnobs, _case: Case) -> Attack:
    return exhibit.attack(_case.original, knobs, _case)


def choose_attack() -> AttackKnobs:
    """Model, method, target and, for the iterated methods, their steps."""
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    options = [card.name for card in exhibit.victims()] + fetched("classify")
    with left:
        model = knob_widgets.knob(AttackKnobs, "model", "model", options=options, index=options.index(DEFAULT_MODEL))
    with middle:
        method = knob_widgets.knob(AttackKnobs, "method", "method")
    with right:
        classes = ["", *dict.fromkeys(name.label for name in find_card(model).classes)]
        target = knob_widgets.knob(
            AttackKnobs, "target", "target", options=classes, format_func=lambda label: label or "any other class"
        )
    chosen = {"model": model, "method": method, "target": target or ""}
    chosen["epsilon"] = knob_widgets.knob(AttackKnobs, "epsilon", "epsilon", step=0.5)
    if method != "fgsm":
        left, middle, right = st.columns(3)
        with left:
            chosen["steps"] = knob_widgets.knob(AttackKnobs, "steps", "steps")
        with middle:
            chosen["step_size"] = knob_widgets.knob(AttackKnobs, "step_size", "step_size")
        with right:
            if method == "pgd":
                chosen["seed"] = knob_widgets.knob(AttackKnobs, "seed", "seed")
    st.caption(f"Epsilon {chosen['epsilon']:g}/255 is {chosen['epsilon'] / 255:.4f} of the way from black to white.")
    return parse_knobs(AttackKnobs, **chosen)


def draw_attack(result: Attack, knobs: AttackKnobs) -> None:
    """The verdict, then before, what was added, and after."""
    outcome = result.outcome
    tell = st.success if outcome.fooled else st.info
    tell(exhibit.verdict(outcome), icon=":material/domino_mask:" if outcome.fooled else ":material/verified_user:")
    before, added, after = st.columns(3, gap="medium")
    facts = f"{outcome.restriction} · {outcome.before.num_classes:,} classes"
    with before:
        st.markdown("**As the model sees it**")
        picture(result.original, f"The picture, which the model calls {outcome.before.predictions[0].label}")
        draw_answer(outcome.before, facts, "classes")
    with added:
        st.markdown("**What was added**")
        picture(exhibit.perturbation(result), "What was added, as colours around grey")
        way = "towards" if knobs.targeted else "away from"
        st.caption(f"At most {outcome.largest}/255, amplified: {NAMES[knobs.method]}, {way} {outcome.aim}.")
        with st.container(horizontal=True):
            layout.download("Attacked picture", lambda: encode_png(result.adversarial), "attacked.png", "image/png")
            text = json.dumps(result.record(), indent=2, ensure_ascii=False)
            layout.download("Answers as JSON", text, "attack.json", "application/json")
    with after:
        st.markdown("**Attacked**")
        picture(result.adversarial, f"The attacked picture, which the model calls {outcome.after.predictions[0].label}")
        draw_answer(outcome.after, facts, "classes")


def draw_curve(found: Curve) -> None:
    """Probabilities against epsilon, the least that fools marked."""
    names = [found.original, found.target or "the strongest other"]
    rows = pd.DataFrame(
        [
            {"epsilon": point.epsilon, "class": name, "odds": odds}
            for point in found.points
            for name, odds in zip(names, (point.original, point.other), strict=True)
        ]
    )
    ticks = alt.Axis(values=[0, 0.5, 1, 2, 4, 8, 16, 32], **charts.INK)
    x = alt.X("epsilon:Q", title="epsilon (/ 255)", scale=alt.Scale(type="symlog", constant=1), axis=ticks)
    y = alt.Y("odds:Q", title="probability", axis=alt.Axis(format="%", **charts.INK), scale=alt.Scale(domain=[0, 1]))
    colour = charts.color_by("class", dict(zip(names, ("#2F6FA3", "#A63D57"), strict=True)), legend=True)
    chart = alt.Chart(rows).mark_line(point=True).encode(x=x, y=y, color=colour)
    if found.smallest is None:
        st.info("Not even 32/255 fools it this way.", icon=":material/verified_user:")
    else:
        rule = alt.Chart(pd.DataFrame({"epsilon": [found.smallest]})).mark_rule(strokeDash=[5, 4], size=2)
        chart += rule.encode(x="epsilon:Q", color=alt.value(charts.TEXT))
        st.markdown(f"Fooled from epsilon **{found.smallest:.2f}/255** on, by {NAMES[found.method]}.")
    spoken = ", ".join(f"{point.original:.0%} at {point.epsilon:g}" for point in found.points)
    st.altair_chart(chart.properties(height=280), alt=f"Probability of {found.original} against epsilon: {spoken}")
    layout.download("Curve as CSV", rows.to_csv(index=False), "curve.csv", "text/csv")


def draw_transfer(cells: tuple[Transfer, ...]) -> None:
    """Attackers down, victims across: what the victim says, and whether it was fooled."""
    rows = pd.DataFrame(
        [
            {
                "attacked": cell.attacker,
                "shown to": cell.victim,
                "answer": cell.after,
                "before": cell.before,
                "fooled": "fooled" if cell.fooled else "not fooled",
            }
            for cell in cells
        ]
    )
    axis = alt.Axis(labelAngle=0, labelLimit=190, orient="top", **charts.INK)
    base = alt.Chart(rows).encode(
        x=alt.X("shown to:N", axis=axis, sort=None),
        y=alt.Y("attacked:N", axis=alt.Axis(labelLimit=160, **charts.INK), sort=None),
        tooltip=["attacked", "shown to", "before", "answer", "fooled"],
    )
    cellfill = base.mark_rect(cornerRadius=4, stroke="white").encode(
        color=charts.color_by("fooled", {"fooled": "#A63D57", "not fooled": "#0F6B5C"})
    )
    text = base.mark_text(color="white", fontSize=13, limit=170).encode(text="answer:N")
    spoken = "; ".join(
        f"{cell.victim} {'is fooled' if cell.fooled else 'is not fooled'} by the attack on {cell.attacker}"
        for cell in cells
    )
    size = rows["attacked"].nunique()
    st.altair_chart((cellfill + text).properties(height=70 * size + 40), alt=f"Transfer of attacks: {spoken}")
    st.caption("Red: the attacked picture is called something else than the clean one. Each model sees its own size.")


def choose_questions() -> SurrogateKnobs:
    return parse_knobs(SurrogateKnobs, questions=knob_widgets.knob(SurrogateKnobs, "questions", "questions", step=50))


def draw_surrogate(found: Surrogate) -> None:
    """How the network's lead melted, question by question, and the picture that came of it."""
    outcome, asked = found.attack.outcome, found.questions[-1]
    if outcome.fooled:
        said = outcome.after.predictions[0].label
        st.success(f"Fooled after {asked} questions: it sees {said}.", icon=":material/domino_mask:")
    else:
        st.info(f"Not fooled after {asked} questions: allow more, or a larger epsilon.", icon=":material/help:")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        rows = pd.DataFrame({"questions": found.questions, "lead": found.lead})
        chart = alt.Chart(rows).encode(
            x=alt.X("questions:Q", title="questions asked", axis=alt.Axis(tickMinStep=1, **charts.INK)),
            y=alt.Y("lead:Q", title="lead (log-probability)", axis=alt.Axis(**charts.INK)),
            tooltip=["questions", alt.Tooltip("lead:Q", format=".2f")],
        )
        line = chart.mark_line(point=True, color="#2F6FA3")
        goal = alt.Chart(pd.DataFrame({"lead": [0.0]})).mark_rule(strokeDash=[5, 4], size=2)
        spoken = ", ".join(f"{lead:.2f} after {count}" for count, lead in zip(found.questions, found.lead, strict=True))
        goal = goal.encode(y="lead:Q", color=alt.value(charts.TEXT))
        st.altair_chart((line + goal).properties(height=280), alt=f"Lead by questions asked: {spoken}")
        st.caption(f"Fooled below the dashed line. Of the first shifts, drawn blindly, {found.chance:.0%} fooled it.")
    with right:
        picture(found.attack.adversarial, f"The picture it calls {outcome.after.predictions[0].label}")
        draw_answer(outcome.after, f"{outcome.after.num_classes:,} classes", "classes")
        layout.download("Its picture", lambda: encode_png(found.attack.adversarial), "by-answers.png", "image/png")


def draw_defences(result: Attack) -> None:
    """What input checks make of the two pictures, live."""
    columns = st.columns(3)
    chosen = {}
    for column, name in zip(columns, DefenceKnobs.model_fields, strict=True):
        with column:
            chosen[name] = knob_widgets.knob(DefenceKnobs, name, name)
    found = exhibit.defend(result, parse_knobs(DefenceKnobs, **chosen))
    rows = pd.DataFrame(
        {
            "check": [defence.name for defence in found],
            "clean picture": [f"{defence.clean}, {defence.clean_probability:.0%}" for defence in found],
            "attacked picture": [f"{defence.attacked}, {defence.attacked_probability:.0%}" for defence in found],
            "answer held": [defence.held for defence in found],
            "shift": [defence.shift for defence in found],
        }
    )
    shift = st.column_config.ProgressColumn(
        "gives the attack away by",
        help="How far the check moves the probabilities.",
        format="%.2f",
        min_value=0,
        max_value=2,
    )
    st.dataframe(rows, hide_index=True, column_config={"shift": shift})
    st.caption(
        "These checks know nothing of the attack, nor the attack of them: one that does goes through. "
        "Withstanding FGSM is not robustness; look at PGD too."
    )


def draw_training() -> None:
    """What training under attack costs and gains, as measured for the cards."""
    cards = exhibit_cards("adversarial")
    rows = pd.DataFrame(
        [
            {"network": card.name, "pictures": metric.name, "right": metric.value, "on": metric.dataset}
            for card in cards
            for metric in card.metrics
        ]
    )
    st.markdown("**Trained under attack**, a network pays with clean pictures for what it keeps of attacked ones")
    colours = dict(zip([card.name for card in cards], ("#A63D57", "#0F6B5C"), strict=True))
    bars = alt.Chart(rows).mark_bar(cornerRadiusEnd=3)
    scale = alt.Scale(domain=[0, 1])
    chart = bars.encode(
        x=alt.X("right:Q", title="answers that are right", axis=alt.Axis(format="%", **charts.INK), scale=scale),
        y=alt.Y("pictures:N", title=None, sort=None, axis=alt.Axis(labelLimit=240, **charts.INK)),
        yOffset=alt.YOffset("network:N", sort=None),
        color=charts.color_by("network", colours, legend=True),
        tooltip=["network", "pictures", alt.Tooltip("right:Q", format=".1%"), "on"],
    )
    spoken = "; ".join(f"{card.name}: {metric.name} {metric.shown}" for card in cards for metric in card.metrics)
    st.altair_chart(chart.properties(height=300), alt=f"What training under attack buys: {spoken}")
    st.caption(
        f"{rows['on'].iloc[0]}. Choose either network above to attack it yourself. Smoothed labels and distillation "
        f"are measured beside them in the card of {cards[0].name}."
    )


def snippets(own: Picture, knobs: AttackKnobs) -> None:
    """Code for what is on screen."""
    settings = written(knobs)
    source = 'Image.open("picture.jpg").convert("RGB")' if own.example is None else f'example("{own.example}")'
    imports = "from PIL import Image\n\n" if own.example is None else ""
    more = "" if own.example is None else "from zoo.examples import example\n"
    python = (
        f"{imports}from zoo.exhibits.adversarial import AttackKnobs, attack, verdict\n{more}\n"
        f"result = attack({source}, AttackKnobs({settings.python}))\n"
        'result.adversarial.save("attacked.png")\nprint(verdict(result.outcome))'
    )
    path = "picture.jpg" if own.example is None else f'"$(python -m zoo example {own.example})"'
    shell = f"python -m zoo adversarial {path} --save attacked.png{settings.shell}"
    layout.use_from_code(python, shell, f"curl {layout.address()}/api/v1/adversarial -F image=@{path}{settings.form}")


@st.fragment
def playground(own: Picture) -> None:
    """All that moves with the knobs, run again without the rest of the page."""
    knobs = choose_attack()
    with layout.errors_as_sentences():
        case = opened(own.key, knobs.model, knobs.target, own.image)
        result = attacked(own.key, knobs, case)
        draw_attack(result, knobs)
        instruments(own, knobs, result)
    layout.link_to_here(own)
    layout.how_it_works(HOW)
    snippets(own, knobs)
    with st.expander("The model", icon=":material/account_tree:"):
        layout.model_facts(find_card(knobs.model))


def instruments(own: Picture, knobs: AttackKnobs, result: Attack) -> None:
    """Five tabs: how far, who else, without its weights, what helps, what it looked at."""
    far, others, blind, defences, looked = st.tabs(
        [
            ":material/show_chart: How far until it breaks",
            ":material/grid_on: Other models",
            ":material/help: Without its weights",
            ":material/shield: Defences",
            ":material/visibility: What it looked at",
        ],
        on_change="rerun",
    )
    here = f"{own.key} {knobs.model_dump_json(exclude={'top_k'})}"
    with far:
        anywhere = f"{own.key} {knobs.model_dump_json(exclude={'top_k', 'epsilon', 'step_size'})}"
        steps = partial(exhibit.curve, own.image, knobs)
        found = job_progress.job_button("curve", anywhere, "Draw the curve", steps, "curve")
        if found is not None:
            draw_curve(found)
    with others:
        cells = job_progress.job_button(
            "transfer", here, "Try it on the others", partial(exhibit.transfer, own.image, knobs), "transfer"
        )
        if cells is not None:
            draw_transfer(cells)
    with blind:
        st.caption(
            "An attacker who sees nothing but answers shows the network this picture with coarse shifts of colour, "
            "learns a surrogate from what it says, and attacks that instead. Model, epsilon, target and seed count."
        )
        learning = choose_questions()
        asking = partial(exhibit.learn_surrogate, own.image, knobs, learning)
        counting = knobs.model_dump_json(include={"model", "epsilon", "target", "seed"})
        wanted = f"{own.key} {counting} {learning.questions}"
        learnt = job_progress.job_button("surrogate", wanted, "Ask it", asking, "surrogate")
        if learnt is not None:
            draw_surrogate(learnt)
    with defences:
        if defences.open:  # eight answers that a moved epsilon should not wait for
            draw_defences(result)
            draw_training()
    with looked:
        maps = job_progress.job_button(
            "explain", here, "Ask five explanations", partial(exhibit.explain_both, result), "explain"
        )
        if maps is not None:
            before, after = (answer.predictions[0].label for answer in (result.outcome.before, result.outcome.after))
            draw_explanations(maps, [("Before", result.original, before), ("Attacked", result.adversarial, after)])


layout.header("adversarial")
playground(input_picker.choose_picture())
