"""What DetectFaces says of fifteen photographs, kept in attributes.json with tolerances: a change of networks, crops or
weights shows here. VISAVIS_WRITE_GOLDEN=1 writes the file again; look at the difference before you commit it."""
import json
import os
import pathlib

import pytest

GOLDEN = pathlib.Path(__file__).parent / "attributes.json"
PICTURES = ["attribute/1423.jpg", "attribute/1561.jpg", "attribute/1996.jpg", "attribute/2963.jpg", "attribute/7242.jpg",
            "crop/crop.png", "emotion/anger.png", "emotion/happy.png", "emotion/sad.png", "pose/left_face.jpeg",
            "pose/rise_face.jpeg", "pose/right_face.png", "reaction/close_eyes.jpeg", "reaction/open_eyes.png",
            "rotate/rot_90.jpg"]
BOX, POINT = 0.02, 0.03  # shares of the picture, and of the box
DEGREES, YEARS, CONFIDENCE = 4, 4, 12


def say(server, picture):
    """The largest face, rounded; points in the box's own coordinates."""
    face = server.client().detect_faces(Image={"Bytes": picture.read_bytes()}, Attributes=["ALL"])["FaceDetails"][0]
    box = face["BoundingBox"]
    first = max(face["Emotions"], key=lambda emotion: emotion["Confidence"])
    return {
        "box": {name: round(value, 3) for name, value in box.items()},
        "pose": {name: round(value, 1) for name, value in face["Pose"].items()},
        "age": [face["AgeRange"]["Low"], face["AgeRange"]["High"]],
        "answers": {name: [face[name]["Value"], round(face[name]["Confidence"], 1)]
                    for name in ("Gender", "Smile", "EyesOpen", "MouthOpen")},
        "gaze": {name: round(face["EyeDirection"][name], 1) for name in ("Yaw", "Pitch")},
        "emotion": [first["Type"], round(first["Confidence"], 1)],
        "points": {point["Type"]: [round((point["X"] - box["Left"]) / box["Width"], 3),
                                   round((point["Y"] - box["Top"]) / box["Height"], 3)] for point in face["Landmarks"]},
    }


def same_answer(seen, kept):
    """The same, about as sure; where neither was sure, either answer."""
    if seen[0] == kept[0]:
        return abs(seen[1] - kept[1]) <= CONFIDENCE
    return seen[1] + kept[1] - 100 <= CONFIDENCE


@pytest.fixture(scope="module")
def kept(shared_data, server):
    if os.environ.get("VISAVIS_WRITE_GOLDEN") == "1":
        answers = {name: say(server, shared_data / "odd" / name) for name in PICTURES}
        GOLDEN.write_text(json.dumps(answers, indent=1) + "\n")
    return json.loads(GOLDEN.read_text())


def test_all_pictures_are_kept(kept):
    assert sorted(kept) == sorted(PICTURES)


@pytest.mark.parametrize("name", PICTURES)
def test_answers_are_those_kept(server, shared_data, kept, name):
    seen, golden = say(server, shared_data / "odd" / name), kept[name]
    assert seen["box"] == pytest.approx(golden["box"], abs=BOX)
    assert seen["pose"] == pytest.approx(golden["pose"], abs=DEGREES)
    assert seen["age"] == pytest.approx(golden["age"], abs=YEARS)
    assert seen["gaze"] == pytest.approx(golden["gaze"], abs=2 * DEGREES)
    for attribute, answer in golden["answers"].items():
        assert same_answer(seen["answers"][attribute], answer), attribute
    assert same_answer(seen["emotion"], golden["emotion"])
    assert set(seen["points"]) == set(golden["points"]) and len(seen["points"]) == 30
    for point, place in golden["points"].items():
        assert seen["points"][point] == pytest.approx(place, abs=POINT), point
