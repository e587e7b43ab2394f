"""Sentiment classifiers of the Hugging Face hub, at pinned revisions. One more model is one more entry."""

from zoo.core.cards import Card, TrainingData
from zoo.core.sources import PinnedModel

HUB_MODELS = (
    PinnedModel(
        Card(
            name="hub/twitter-roberta",
            exhibit="sentiment",
            title="RoBERTa on tweets, by CardiffNLP",
            source="hub",
            size_bytes=4 * 124_647_939,
            parameters=124_647_939,
            licence="CC BY 4.0",
            restriction="research use",
            metrics=(),
            training_data=(
                TrainingData("124 M tweets of 2018 to 2021", "Twitter's terms"),
                TrainingData("SemEval 2017 task 4 as in TweetEval, with tweets of 2013 to 2016", "as published"),
            ),
            citation="Loureiro et al. 2022, arXiv:2202.03829; Liu et al. 2019, arXiv:1907.11692",
            config={"mask_names": True},  # user names and links are masked, as in its training data
        ),
        repository="cardiffnlp/twitter-roberta-base-sentiment-latest",
        revision="3216a57f2a0d9c45a2e6c20157c20c49fb4bf9c7",
        architecture="roberta",
        sha256="4d24a3e32a88ed1c4e5b789fc6644e2e767500554e954b27dccf52a8e762cbae",
    ),
)
