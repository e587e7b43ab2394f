"""A table to begin with: messages to a shop in three classes, drawn from templates, some with a wrong label."""

import csv
import io
import random

CLASSES = {
    "order": (
        "I would like to order {item}, please.",
        "Can you send {count} of {item} to my office?",
        "Please reserve {item} for me until {day}.",
        "Do you still have {item}? I need {count}.",
        "Put {item} on my account and deliver on {day}.",
        "We want to buy {count} of {item} for the team.",
    ),
    "return": (
        "{item} arrived broken, how do I send it back?",
        "I want my money back for {item}.",
        "The wrong size came on {day}, please exchange {item}.",
        "{item} stopped working after {count} days, I return it.",
        "Where is the form to give back {item}?",
        "Cancel my purchase of {item}, it came too late on {day}.",
    ),
    "praise": (
        "Thank you, {item} is wonderful!",
        "Your people were so kind on {day}, great service.",
        "I love {item}, best shop in town.",
        "{item} came within {count} hours, very impressed.",
        "Everybody here enjoys {item}, thanks a lot!",
        "Lovely packaging and friendly help with {item} on {day}.",
    ),
}
ITEMS = (
    "the green lamp",
    "a wool blanket",
    "the tea pot",
    "the desk chair",
    "a garden hose",
    "the blue mug",
    "a radio",
)
DAYS = ("Monday", "Tuesday", "Friday", "Saturday")
ROWS, WRONG = 240, 12  # rows, and labels that are wrong


def example_table(seed: int = 0) -> bytes:
    """A CSV file with the columns text and label."""
    draw, labels = random.Random(seed), list(CLASSES)
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["text", "label"])
    wrong = set(draw.sample(range(ROWS), WRONG))
    for number in range(ROWS):
        label = labels[number % len(labels)]
        template = draw.choice(CLASSES[label])
        text = template.format(item=draw.choice(ITEMS), day=draw.choice(DAYS), count=draw.randint(2, 30))
        if number in wrong:
            label = draw.choice([other for other in labels if other != label])
        writer.writerow([text[0].upper() + text[1:], label])
    return file.getvalue().encode()
