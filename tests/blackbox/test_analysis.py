"""Attributes of faces through DetectFaces, on real photographs (see docs/analysis.md for how well they are measured)."""
import io

import pytest
from PIL import Image, ImageOps

THIRTY = {"eyeLeft", "eyeRight", "mouthLeft", "mouthRight", "nose", "leftEyeBrowLeft", "leftEyeBrowRight",
          "leftEyeBrowUp", "rightEyeBrowLeft", "rightEyeBrowRight", "rightEyeBrowUp", "leftEyeLeft", "leftEyeRight",
          "leftEyeUp", "leftEyeDown", "rightEyeLeft", "rightEyeRight", "rightEyeUp", "rightEyeDown", "noseLeft",
          "noseRight", "mouthUp", "mouthDown", "leftPupil", "rightPupil", "upperJawlineLeft", "midJawlineLeft",
          "chinBottom", "midJawlineRight", "upperJawlineRight"}
MEMBERS = {"AGE_RANGE": "AgeRange", "GENDER": "Gender", "EMOTIONS": "Emotions", "SMILE": "Smile", "EYES_OPEN": "EyesOpen",
           "MOUTH_OPEN": "MouthOpen", "EYE_DIRECTION": "EyeDirection"}
DEFAULT = {"BoundingBox", "Confidence", "Landmarks", "Pose", "Quality"}
ABSENT = ["EYEGLASSES", "SUNGLASSES", "BEARD", "MUSTACHE", "FACE_OCCLUDED"]


def detail(server, picture, attributes):
    data = picture if isinstance(picture, bytes) else picture.read_bytes()
    faces = server.client().detect_faces(Image={"Bytes": data}, Attributes=attributes)["FaceDetails"]
    assert faces, "no face found"
    return faces[0]


@pytest.fixture(scope="module")
def odd(shared_data):
    return shared_data / "odd"


def test_all_gives_every_member_in_its_range(server, portraits):
    face = detail(server, portraits[0], ["ALL"])
    assert set(face) == DEFAULT | set(MEMBERS.values())
    assert {point["Type"] for point in face["Landmarks"]} == THIRTY
    assert all(0 <= point[axis] <= 1 for point in face["Landmarks"] for axis in "XY")
    assert 0 <= face["AgeRange"]["Low"] <= face["AgeRange"]["High"] <= 90
    assert face["Gender"]["Value"] in ("Male", "Female")
    for member in ("Gender", "Smile", "EyesOpen", "MouthOpen"):
        assert 50 <= face[member]["Confidence"] <= 100
    assert {e["Type"] for e in face["Emotions"]} == {"ANGRY", "DISGUSTED", "FEAR", "HAPPY", "SAD", "SURPRISED", "CALM"}
    assert sum(e["Confidence"] for e in face["Emotions"]) == pytest.approx(100, abs=0.1)
    assert all(-180 <= face["EyeDirection"][axis] <= 180 for axis in ("Yaw", "Pitch"))


def test_nothing_is_said_that_was_not_asked(server, portraits):
    for attributes in ([], ["DEFAULT"], ABSENT):
        face = detail(server, portraits[0], attributes)
        assert set(face) == DEFAULT
        assert len(face["Landmarks"]) == 5


@pytest.mark.parametrize("name", MEMBERS)
def test_one_at_a_time_equals_all(server, portraits, name):
    alone = detail(server, portraits[0], [name])
    assert set(alone) == DEFAULT | {MEMBERS[name]}
    assert alone[MEMBERS[name]] == detail(server, portraits[0], ["ALL"])[MEMBERS[name]]


def test_index_faces_says_the_same_as_detect_faces(server, portraits):
    client = server.client()
    client.create_collection(CollectionId="described")
    for attributes in (["ALL"], ["GENDER", "SMILE"], ["DEFAULT"]):
        answer = client.index_faces(CollectionId="described", Image={"Bytes": portraits[0].read_bytes()},
                                    DetectionAttributes=attributes)
        (record,) = answer["FaceRecords"]
        assert record["FaceDetail"] == detail(server, portraits[0], attributes)
    client.delete_collection(CollectionId="described")


def test_a_mirrored_face_looks_the_other_way(server, odd):
    """Landmarks, yaw and gaze of the mirror image are the mirrored ones: names and signs are right, or both wrong."""
    picture = Image.open(odd / "pose" / "right_face.png").convert("RGB")
    faces = []
    for version in (picture, ImageOps.mirror(picture)):
        buffer = io.BytesIO()
        version.save(buffer, "PNG")
        faces.append(detail(server, buffer.getvalue(), ["ALL"]))
    there, back = faces
    assert abs(there["Pose"]["Yaw"]) > 20
    assert there["Pose"]["Yaw"] == pytest.approx(-back["Pose"]["Yaw"], abs=8)
    assert there["EyeDirection"]["Yaw"] == pytest.approx(-back["EyeDirection"]["Yaw"], abs=15)
    points = [{point["Type"]: point for point in face["Landmarks"]} for face in faces]
    box = there["BoundingBox"]
    for name, other in (("eyeLeft", "eyeRight"), ("mouthLeft", "mouthRight"), ("noseLeft", "noseRight"), ("nose", "nose"),
                        ("leftPupil", "rightPupil"), ("upperJawlineLeft", "upperJawlineRight")):
        assert points[0][name]["X"] == pytest.approx(1 - points[1][other]["X"], abs=0.09 * box["Width"]), name
        assert points[0][name]["Y"] == pytest.approx(points[1][other]["Y"], abs=0.09 * box["Height"]), name


def test_mesh_agrees_with_the_detectors_five_points(server, portraits):
    five, thirty = detail(server, portraits[0], []), detail(server, portraits[0], ["ALL"])
    thirty = {point["Type"]: point for point in thirty["Landmarks"]}
    five = {point["Type"]: point for point in five["Landmarks"]}
    eyes = five["eyeRight"]["X"] - five["eyeLeft"]["X"]
    for name, point in five.items():
        error = ((point["X"] - thirty[name]["X"]) ** 2 + (point["Y"] - thirty[name]["Y"]) ** 2) ** 0.5
        assert error < 0.2 * eyes, name


def test_photographs_whose_state_everybody_sees(server, odd):
    assert not detail(server, odd / "reaction" / "close_eyes.jpeg", ["ALL"])["EyesOpen"]["Value"]
    assert detail(server, odd / "reaction" / "open_eyes.png", ["ALL"])["EyesOpen"]["Value"]
    happy = detail(server, odd / "emotion" / "happy.png", ["ALL"])
    assert happy["Smile"]["Value"] and happy["MouthOpen"]["Value"]
    assert max(happy["Emotions"], key=lambda e: e["Confidence"])["Type"] == "HAPPY"
    assert not detail(server, odd / "emotion" / "sad.png", ["ALL"])["Smile"]["Value"]
    assert detail(server, odd / "pose" / "rise_face.jpeg", ["ALL"])["Pose"]["Pitch"] > 10
    assert detail(server, odd / "pose" / "lower_face.jpeg", ["ALL"])["Pose"]["Pitch"] < -10
    assert detail(server, odd / "rotate" / "rot_90.jpg", ["ALL"])["Pose"]["Roll"] == pytest.approx(90, abs=10)


def test_many_faces_are_described_as_each_alone(server, portraits):
    """Two portraits side by side give what each gives alone."""
    pictures = [Image.open(path).convert("RGB").resize((512, 512)) for path in (portraits[0], portraits[2])]
    both = Image.new("RGB", (1024, 512))
    both.paste(pictures[0], (0, 0))
    both.paste(pictures[1], (512, 0))
    buffer = io.BytesIO()
    both.save(buffer, "PNG")
    together = sorted(server.client().detect_faces(Image={"Bytes": buffer.getvalue()}, Attributes=["ALL"])["FaceDetails"],
                      key=lambda face: face["BoundingBox"]["Left"])
    assert len(together) == 2
    for picture, face in zip(pictures, together):
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        alone = detail(server, buffer.getvalue(), ["ALL"])
        assert face["Gender"]["Value"] == alone["Gender"]["Value"]
        assert face["Smile"]["Value"] == alone["Smile"]["Value"]
        assert abs(face["AgeRange"]["Low"] - alone["AgeRange"]["Low"]) <= 6


# Portraits of the 115th Congress by their place in its folder; the last three, on their head, once kept the landmarks of
# an upright face.
@pytest.mark.parametrize("degrees, place", [(90, 0), (180, 0), (270, 0), (180, 90), (180, 120), (180, 270)])
def test_a_turned_face_keeps_its_landmarks(server, shared_data, degrees, place):
    """Clockwise turns of a portrait turn its landmarks with it: none is put where an upright face would have it."""
    portrait = sorted((shared_data / "congress/115th").glob("*.jpg"))[place]
    buffer = io.BytesIO()
    Image.open(portrait).convert("RGB").rotate(-degrees, expand=True).save(buffer, "PNG")
    upright, turned = detail(server, portrait, []), detail(server, buffer.getvalue(), [])
    there = {point["Type"]: (point["X"], point["Y"]) for point in upright["Landmarks"]}
    width = upright["BoundingBox"]["Width"]
    for point in turned["Landmarks"]:
        x, y = there[point["Type"]]
        x, y = {90: (1 - y, x), 180: (1 - x, 1 - y), 270: (y, 1 - x)}[degrees]
        assert (point["X"], point["Y"]) == pytest.approx((x, y), abs=0.1 * width), point["Type"]
    assert (turned["Pose"]["Roll"] - upright["Pose"]["Roll"] - degrees + 180) % 360 - 180 == pytest.approx(0, abs=10)
