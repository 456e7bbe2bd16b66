"""Lines of news that look like page furniture and are none: not one may be cut, wherever in an article it stands."""

from pathlib import Path

_LINES = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines()

LINES = tuple(line for line in _LINES if not line.startswith("# "))
"""One a line in the file, after a heading for each kind."""

LISTS = (
    # Lists that the story announces.
    "Blocked since Monday:\nFacebook\nTwitter\nTelegram",
    "The ballot had three boxes:\nYes\nNo\nLater",
    "The ministry's page had four parts:\n\nNews\n\nPhotos\n\nContacts",
    "The signs of the crowd read as follows:\n\nShare this",
    "The leaflets had four headings:\n\nPolitics\n\nEconomy\n\nCulture\n\nShare",
    "The page of the movement had these buttons:\nSubscribe to our newsletter\nShare this",
)

WRAPPED = (
    # A paragraph in lines of one width, in which a line may read like furniture.
    "The women had written three words on the wall beside the office, and the\n"
    "advertisement\n"
    "under it was torn. They were held overnight for it.",
    "On every door of the quarter hung a sheet of paper with the same two words\n"
    "Read more\n"
    "in red paint, and below them the name of the library that was to be closed.",
    "The editor had one last request to those who had come to the courtroom:\n"
    "share this story\n"
    "with everyone you know, since nobody else will print it.",
    "The organisers said that on the walls of the old factory somebody had\n"
    "written two words with red paint and that the police had not found the\n"
    "Photo: or the camera, and nobody knew what to\n"
    "Read more\n"
    "about in the papers of the town.",
    "На стене старого завода кто-то написал красной краской два слова, и\nЧитать далее\nникто не стал.",
)
