"""The front matter of a model of a visitor's own, for the tests that make one."""

FRONT = {
    "license": "other",
    "license_name": "research use",
    "restriction": "research use",
    "training_data": [{"name": "a picture", "licence": "its maker's"}],
    "citation": "none",
}
