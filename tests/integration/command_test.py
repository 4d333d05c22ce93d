#!/usr/bin/env python3
"""The command `gatehouse` as its users run it, with good and with bad input.

usage: command_test.py PROGRAM [unittest options]
"""
import contextlib
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from captures import pcap, pcapng, visit

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
DEMO = str(PROJECT / "config/demo.yaml")
LISTED = "black-banner.test"
OK, FAILED, WRONG_USE, PARTLY = 0, 1, 2, 3
program = ""


@contextlib.contextmanager
def small_disk(folder, kibibytes):
    """A file system of that size at the folder; gone afterwards whatever happens."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def needs_root(test):
    return unittest.skipUnless(os.geteuid() == 0, "skipped: a small disk can be mounted by root only")(test)


class Command(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def run_it(self, *arguments, data=None, environment=None):
        done = subprocess.run([program, *map(str, arguments)], input=data, capture_output=True, timeout=60,
                              env={**os.environ, **(environment or {})})
        done.out, done.err = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
        return done

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def names_in(self, eve_text):
        """The hosts of the journal, in its order. Each line has to be whole JSON."""
        events = [json.loads(line) for line in eve_text.splitlines()]
        return [event["http"]["hostname"] for event in events if event["event_type"] == "http"]

    def says(self, done, *words):
        for word in words:
            self.assertIn(str(word), done.err + done.out)


class Captures(Command):
    def test_every_form_of_capture_gives_the_same_names(self):
        packets = visit("one.example") + visit("two.example", port=40001)
        forms = {"little": pcap(packets), "big": pcap(packets, ">"), "nano": pcap(packets, nanoseconds=True),
                 "ng": pcapng(packets), "ng-big": pcapng(packets, ">")}
        for form, content in forms.items():
            with self.subTest(form):
                done = self.run_it("replay", self.file(form, content), "--eve", "-", "--quiet")
                self.assertEqual((done.returncode, self.names_in(done.out)), (OK, ["one.example", "two.example"]))

    def test_standard_input_is_a_capture_too(self):
        done = self.run_it("replay", "-", "--eve", "-", "--quiet", data=pcapng(visit("one.example")))
        self.assertEqual((done.returncode, self.names_in(done.out)), (OK, ["one.example"]))

    def test_a_flow_goes_on_from_one_capture_to_the_next(self):
        packets = visit("one.example")
        first, second = self.file("1.pcap", pcap(packets[:3])), self.file("2.pcap", pcap(packets[3:]))
        done = self.run_it("replay", first, second, "--eve", "-", "--quiet")
        self.assertEqual((done.returncode, self.names_in(done.out)), (OK, ["one.example"]))

    def test_a_cut_capture_gives_all_that_came_before_the_cut(self):
        whole = visit("one.example") + visit("two.example", port=40001)
        for form, content in (("pcap", pcap(whole)), ("pcapng", pcapng(whole))):
            with self.subTest(form):
                path = self.file("cut." + form, content[:-30])
                done = self.run_it("replay", path, "--eve", "-", "--quiet")
                self.assertEqual(done.returncode, PARTLY)
                self.assertEqual(self.names_in(done.out), ["one.example", "two.example"])
                self.says(done, path, "cut")

    def test_a_cut_capture_still_makes_its_report(self):
        path = self.file("cut.pcap", pcap(visit(LISTED))[:-30])
        done = self.run_it("replay", path, "--config", DEMO, "--report", self.folder / "report")
        self.assertEqual(done.returncode, PARTLY)
        (table,) = (self.folder / "report").glob("*.csv")
        self.assertIn("black-banner[.]test", table.read_text())

    def test_what_is_no_capture_is_refused_with_a_remedy(self):
        (self.folder / "folder").mkdir()
        cases = {"text": self.file("text", "hello, I am a letter\n" * 50), "noise": self.file("noise", bytes(range(256)) * 9),
                 "empty": self.file("empty", b""), "header only half": self.file("half", pcap([])[:11]),
                 "folder": self.folder / "folder", "missing": self.folder / "missing.pcap"}
        for case, path in cases.items():
            with self.subTest(case):
                eve = self.folder / "eve.json"
                done = self.run_it("replay", path, "--eve", eve)
                self.assertEqual(done.returncode, FAILED)
                self.says(done, path)
                self.assertGreater(len(done.err.strip().splitlines()), 0)

    def test_a_good_capture_after_a_bad_one_is_not_passed_over_silently(self):
        bad, good = self.file("bad", b"no capture at all, this"), self.file("good.pcap", pcap(visit("one.example")))
        done = self.run_it("replay", good, bad, "--eve", "-", "--quiet")
        self.assertEqual(done.returncode, FAILED)
        self.assertEqual(self.names_in(done.out), ["one.example"])
        self.says(done, bad)


class Lists(Command):
    def test_binary_rubbish_is_refused_and_the_older_pack_stays(self):
        pack = self.folder / "lists.pack"
        good = self.file("good.txt", "one.test\n")
        self.assertEqual(self.run_it("lists", "compile", good, "--category", "other-harm", "--out", pack).returncode, OK)
        before = pack.read_bytes()
        rubbish = self.file("rubbish.txt", bytes((n * 7919 >> 3) & 255 for n in range(20_000)))
        for extra in ([], ["--format", "domains"]):
            with self.subTest(extra):
                done = self.run_it("lists", "compile", rubbish, "--category", "other-harm", "--out", pack, *extra)
                if extra == []:
                    self.assertEqual(done.returncode, FAILED)
                    self.assertEqual(pack.read_bytes(), before)
                self.says(done, rubbish)

    def test_a_bad_line_names_file_line_and_remedy_and_the_rest_is_compiled(self):
        pack = self.folder / "lists.pack"
        path = self.file("list.txt", "good-one.test\nnot a host at all!!\nco.uk\ngood-two.test\n")
        done = self.run_it("lists", "compile", path, "--format", "domains", "--category", "other-harm", "--out", pack)
        self.assertEqual(done.returncode, OK)
        self.says(done, f"{path}:2", f"{path}:3", "public suffix")
        shown = self.run_it("lists", "show", pack).out
        self.assertIn("2", shown)


class Configuration(Command):
    def check(self, text):
        path = self.file("gatehouse.yaml", text)
        done = self.run_it("check-config", path)
        self.assertEqual(done.returncode, FAILED)
        return done, path

    def test_a_wrong_key_is_told_with_its_line_and_the_right_one(self):
        done, path = self.check("college:\n  name: A\npolicy:\n  defualt: block\n")
        self.says(done, f"{path}:4", "defualt", "default")

    def test_a_wrong_type_is_told_with_its_line(self):
        done, path = self.check("report:\n  named_floor: very\n")
        self.says(done, f"{path}:2", "named_floor")

    def test_a_wrong_indent_is_told_with_its_line(self):
        done, path = self.check("college:\n  name: A\n   site: B\n")
        self.says(done, f"{path}:")

    def test_a_tab_is_told_with_its_line(self):
        done, path = self.check("college:\n\tname: A\n")
        self.says(done, f"{path}:2")

    def test_replay_refuses_a_bad_configuration_before_it_writes_anything(self):
        path = self.file("gatehouse.yaml", "polcy: {}\n")
        eve = self.folder / "eve.json"
        done = self.run_it("replay", self.file("a.pcap", pcap(visit("one.example"))), "--config", path, "--eve", eve)
        self.assertEqual(done.returncode, FAILED)
        self.says(done, f"{path}:1", "policy")
        self.assertFalse(eve.exists())

    def test_every_shipped_configuration_can_be_used(self):
        for path in [*PROJECT.glob("config/*.yaml"), *PROJECT.glob("config/examples/*.yaml")]:
            with self.subTest(path.name):
                done = self.run_it("check-config", path)
                # an example may name lists that only its college has; all else must be right
                wrong = [line for line in done.out.splitlines() if "error:" in line and "/var/lib/" not in line]
                self.assertEqual(wrong, [])


class FullDisk(Command):
    @needs_root
    def test_a_full_disk_under_the_journal_is_an_error_and_leaves_whole_lines(self):
        packets = [frame for n in range(2000) for frame in visit(f"host{n}.example", port=2000 + n)]
        path = self.file("long.pcap", pcap(packets))
        with small_disk(self.folder / "disk", 64) as disk:
            done = self.run_it("replay", path, "--eve", disk / "eve.json", "--quiet")
            self.assertEqual(done.returncode, FAILED)
            self.says(done, disk / "eve.json", "No space left")
            names = self.names_in((disk / "eve.json").read_text())
            self.assertEqual(names, [f"host{n}.example" for n in range(len(names))])
            self.assertGreater(len(names), 0)

    @needs_root
    def test_a_full_disk_under_the_report_loses_nothing_and_the_next_run_is_whole(self):
        path = self.file("day.pcap", pcap(visit(LISTED)))
        with small_disk(self.folder / "disk", 8) as disk:
            done = self.run_it("replay", path, "--config", DEMO, "--report", disk / "report")
            self.assertEqual(done.returncode, FAILED)
            self.assertIn("No space left", done.err)
        done = self.run_it("replay", path, "--config", DEMO, "--report", self.folder / "report")
        self.assertEqual(done.returncode, OK, done.err)
        (table,) = (self.folder / "report").glob("*.csv")
        self.assertEqual(len(list(csv.DictReader(table.read_text().splitlines()))), 1)

    @needs_root
    def test_a_full_disk_under_the_store_is_an_error(self):
        packets = [frame for n in range(2000) for frame in visit(LISTED, client=f"10.10.{n // 250}.{n % 250 + 1}")]
        path = self.file("day.pcap", pcap(packets))
        with small_disk(self.folder / "disk", 256) as disk:
            done = self.run_it("replay", path, "--config", DEMO, "--eve", self.folder / "eve.json",
                               "--report", self.folder / "report", environment={"TMPDIR": str(disk)})
            self.assertEqual(done.returncode, FAILED)
            self.assertTrue(done.err.strip())
            self.assertEqual(list(disk.iterdir()), [])
        self.assertEqual(self.names_in((self.folder / "eve.json").read_text()), [LISTED] * 2000)


class Words(Command):
    def test_why_says_which_entry_decides(self):
        done = self.run_it("why", f"www.{LISTED}", "--config", DEMO, "--from", "10.10.1.14")
        self.assertEqual(done.returncode, OK)
        self.says(done, LISTED, "extremism-islamist.yaml", "block")

    def test_why_says_that_nothing_is_listed(self):
        done = self.run_it("why", "library.example", "--config", DEMO, "--from", "10.10.1.14")
        self.assertEqual(done.returncode, OK)
        self.assertNotIn("extremism", done.out)

    def test_help_teaches_every_command(self):
        for command in ([], ["replay"], ["report"], ["why"], ["lists"], ["lists", "compile"], ["lists", "show"],
                        ["lists", "check"], ["check-config"]):
            with self.subTest(command):
                done = self.run_it(*command, "--help")
                self.assertEqual(done.returncode, OK)
                self.assertIn("Usage: gatehouse", done.out)

    def test_a_wrong_command_line_is_told_apart_from_failure(self):
        self.assertEqual(self.run_it("replay").returncode, WRONG_USE)
        self.assertEqual(self.run_it("reply", "a.pcap").returncode, WRONG_USE)

    def test_the_same_replay_makes_the_same_report_byte_by_byte(self):
        path = self.file("day.pcap", pcap(visit(LISTED) + visit("library.example", port=40001)))
        made = []
        for name in ("first", "second"):
            done = self.run_it("replay", path, "--config", DEMO, "--report", self.folder / name)
            self.assertEqual(done.returncode, OK, done.err)
            made.append({file.name: file.read_bytes() for file in (self.folder / name).iterdir()})
        self.assertEqual(made[0], made[1])
        self.assertEqual(len(made[0]), 3)


if __name__ == "__main__":
    program = sys.argv.pop(1)
    unittest.main()
