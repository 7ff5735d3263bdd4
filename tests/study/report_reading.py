"""Reads what a report has written."""

import csv
from html.parser import HTMLParser

VOID = {"meta", "img"}


class Page(HTMLParser):
    """Tags with their attributes; fails on a tag that is closed in another's place."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.text = [], [], ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def table(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))
