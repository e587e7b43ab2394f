"""The public repositories whose photographs are distilled on: a commit each, and the folders that are read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """Photographs of a git repository."""

    repository: str  # owner/name on GitHub
    commit: str
    folders: tuple[str, ...]
    title: str
    licence: str = "as published, for research"

    @property
    def name(self) -> str:
        """The name of its clone, and of its file of packed photographs."""
        return self.repository.replace("/", "+")


SOURCES = (
    Source(
        "thunderInfy/imagenette",
        "b850f030ff0701c36a4adc8b928ea9483a46915b",
        ("train", "val"),
        "Imagenette: ten classes of ILSVRC 2012, 224 px",
        "ImageNet terms: research use",
    ),
    Source(
        "thunderInfy/imagewoof",
        "6338aeea098965e0a0ebdf74404862fae9760fe3",
        ("train", "val"),
        "Imagewoof: ten breeds of dogs of ILSVRC 2012, 224 px",
        "ImageNet terms: research use",
    ),
    Source(
        "MachineLearning2020/Homework2-Caltech101",
        "836044dd000296b2bb74d0aa4b4e462e459b01d7",
        ("101_ObjectCategories",),
        "Caltech-101 (Fei-Fei et al. 2004)",
    ),
    Source(
        "minto5z/coco_yolo",
        "4715f5ca05a6ffc148d4c4e5b0a131663655f2be",
        ("coco/images/train2017", "coco/images/val2017"),
        "part of COCO val2017 (Lin et al. 2014)",
        "each photograph under its Creative Commons licence on Flickr",
    ),
    Source(
        "mateusrafael4/Atividade_programacao_pose_estimation",
        "dab5c74036184926803e5edcf2082b71e0c85c86",
        ("images",),
        "Animal Pose (Cao et al. 2019)",
    ),
    Source(
        "bearpaw/clothing-co-parsing",
        "fe34fb77721a9973fbae92c05f7f12b664d10110",
        ("photos",),
        "Clothing Co-Parsing (Yang et al. 2014)",
    ),
    Source(
        "4GeeksAcademy/Deep-Learning-CarlosFS",
        "d771ae194ca9a8fe14e746dca60af5361d57a5e1",
        ("train",),
        "Dogs vs. Cats (Asirra, Elson et al. 2007), 200 px",
    ),
    Source(
        "JoelOscarsson/dl-assignment",
        "05bf18b10cd76b8225e93e93beef1cb94c77cfbb",
        ("data/flowers",),
        "five flowers, TensorFlow's and others",
    ),
    Source(
        "BIDS/BSDS500",
        "a04b7c6c3a9f0ace74bf205c72a43d32e1c72722",
        ("BSDS500/data/images/train", "BSDS500/data/images/val"),
        "BSDS500, train and val (Arbelaez et al. 2011)",
        "research and educational use",
    ),
    Source(
        "afroozsheikh/Intel-Image-Classifier",
        "268f8fc38fb3f7307c1861d619ee99ff4158a3f5",
        ("train", "test"),
        "Intel Image Classification: six kinds of scenes, 100 px",
    ),
)
