"""Devices and the people at them, for the browsing simulation: what each does in a day, as events of the gate's journal,
and for each listed name why it came up. What a browser does around a page (look-ups, connections that stay open, tries
again after an error) follows what browse-for-real shows of a real one."""
import random

from web import CATEGORY_OF, LISTED

DAY = 8 * 3600 + 900  # 08:15, in seconds after midnight
NAMES_KEPT = 90  # seconds for which a looked-up name is not asked for again


class Device:
    def __init__(self, number, web, journal, seed):
        self.dice = random.Random(f"device {seed} {number}")
        self.web, self.journal, self.number = web, journal, number
        self.address = f"10.30.{number // 250}.{number % 250 + 1}"
        self.mac = f"02:00:00:30:{number // 256:02x}:{number % 256:02x}"
        self.chromium = self.dice.random() < 0.6
        self.refused = self.dice.random() < 0.5  # listed names are refused at the look-up; else at the hello
        self.speed = self.dice.lognormvariate(0, 0.35)
        self.browser = f"t13d15{10 + self.dice.randint(0, 9)}h2_{self.dice.getrandbits(48):012x}_"
        self.quic = self.dice.random() < 0.5
        self.known, self.connected = {}, {}

    # -- one name ------------------------------------------------------------------------------------------------
    def ask(self, at, host, program=None, connect=True, tries=None):
        """Look-up and connection to a name at that time, as far as neither is still there. Notes listed ones in `tries`."""
        program = program or self.browser
        category = CATEGORY_OF.get(host.split(".", 1)[1] if host.count(".") > 1 else host)
        noted = []
        if self.known.get((host, program), 0) <= at or (category and self.refused):
            for kind in self.dice.choice([("HTTPS", "A"), ("A", "AAAA"), ("HTTPS", "A", "AAAA")]):
                noted.append(self.journal.look_up(self, at, host, kind, category, self.refused))
                at += self.dice.uniform(0.0003, 0.004)
            if not (category and self.refused):
                self.known[host, program] = at + self.dice.uniform(0.7, 3) * NAMES_KEPT
        stopped = category and self.refused
        if connect and not stopped and (category or self.connected.get((host, program), 0) <= at):
            at += self.dice.uniform(0.003, 0.05) * self.speed
            kind = "quic" if self.quic and not category and self.dice.random() < 0.3 else "tls"
            for _ in range(self.dice.randint(1, 4) if category else 1):  # a hello that is reset is repeated at once
                noted.append(self.journal.hello(self, at, host, kind, program, category))
                at += self.dice.uniform(0.005, 0.03)
            if not category:
                self.connected[host, program] = at + self.dice.uniform(30, 180)
        if category and tries is not None:
            tries.extend(noted)
        return at

    def listed(self, at, host, label, how, connect=True, program=None):
        events = []
        self.ask(at, host, program, connect, events)
        if events:
            self.journal.truth(self, at, host, label, how, events)

    # -- one page ------------------------------------------------------------------------------------------------
    def load(self, at, site, how="a page"):
        """A page and what it brings. Gives the time when its last part was asked for."""
        self.ask(at, site.host)
        start = at + self.dice.uniform(0.04, 0.4) * self.speed
        last = start
        for part in site.parts:
            if self.dice.random() > part.share:
                continue
            when = start + part.after * self.speed * self.dice.lognormvariate(0, site.spread)
            last = max(last, when)
            if part.host.split(".", 1)[-1] in CATEGORY_OF or part.host in CATEGORY_OF:
                where = "ahead" if part.how != "connect" else "with a page"
                self.listed(when, part.host, "background", f"{where}: {site.kind}", part.how != "look up")
            else:
                self.ask(when, part.host, connect=part.how == "connect")
        if site.polls:
            host, gap, slower = site.polls
            when = start + self.dice.uniform(0.5, 2)
            for _ in range(self.dice.randint(1, 7)):
                self.listed(when, host, "background", "an open page asks again")
                when += gap * self.dice.uniform(0.95, 1.05)
                gap *= slower
        return last

    def open_listed(self, at, host, how):
        """Somebody opens a listed page. Gives when they have done with it."""
        dice = self.dice
        self.listed(at, host, "deliberate", how)
        if self.chromium:  # it loads its error page again after one second and then five, while it is looked at
            stays = dice.uniform(1.5, 25)
            for after in (1.05, 6.1):
                if after < stays:
                    self.listed(at + after + dice.uniform(0, 0.08), host, "deliberate", how + ", again by the browser")
        else:
            stays = dice.uniform(1.5, 12)
        at += stays
        what = dice.random()
        if what < 0.35:
            for _ in range(dice.randint(1, 3)):
                self.listed(at, host, "deliberate", "tried again")
                at += dice.uniform(2, 25)
        elif what < 0.5:
            self.listed(at, "www." + host, "deliberate", "by another name")
            at += dice.uniform(2, 15)
        elif what < 0.7:
            self.load(at, self.web.search)
            at += dice.lognormvariate(1.9, 0.6)
            self.listed(at, dice.choice(LISTED[CATEGORY_OF[host]]), "deliberate", "another of its kind")
            at += dice.uniform(2, 20)
        return at

    # -- how a listed page is come to ------------------------------------------------------------------------------
    def come_to(self, at, host):
        dice = self.dice
        how = dice.choices(["typed", "bookmark", "search", "mail", "link", "mail program", "new tab"],
                           [26, 13, 28, 9, 12, 7, 5])[0]
        if how == "typed":
            if dice.random() < 0.6:
                self.ask(at - dice.uniform(0.8, 4), self.web.search.host)
            if dice.random() < 0.3:
                self.listed(at - dice.uniform(0.3, 1.5), host, "deliberate", "typed, looked up ahead", connect=False)
        elif how in ("search", "mail", "link"):
            site = {"search": self.web.search, "mail": self.web.mail}.get(how) or dice.choice(self.web.sites)
            self.load(at, site)
            at += max(1.2, dice.lognormvariate(1.9, 0.7))
        elif how == "mail program":
            at += dice.uniform(20, 200)
        elif how == "new tab":  # while another page is still loading
            self.load(at, dice.choice(self.web.sites))
            at += dice.uniform(0.8, 3)
        return self.open_listed(at, host, how)

    def browse(self, at, pages, meant):
        """A while at the browser. `meant`: listed names to be opened on the way, by the number of the page."""
        dice = self.dice
        for number in range(pages):
            if number in meant:
                at = self.come_to(at, meant[number]) + dice.uniform(1, 15)
            site = self.web.sites[int(len(self.web.sites) * dice.random() ** 2)]
            if dice.random() < 0.12:
                site = self.web.search
            self.load(at, site)
            at += max(1.5, dice.lognormvariate(3.0, 0.9))
        return at

    def start_browser(self, at):
        """The pages of the last time all open at once, a listed one among them."""
        for site in self.dice.sample(self.web.sites, self.dice.randint(3, 8)):
            self.load(at + self.dice.uniform(0, 2.5), site)
        host = self.dice.choice(list(CATEGORY_OF))
        self.listed(at + self.dice.uniform(0.1, 2.5), host, "background", "tab restored")


# -- programs that nobody looks at ---------------------------------------------------------------------------------
class Program:
    def __init__(self, device):
        dice = device.dice
        self.device, self.dice = device, dice
        self.hello = device.browser if dice.random() < 0.3 else f"t12d{dice.randint(10, 30)}08h1_{dice.getrandbits(48):012x}_"

    def every(self, host, first, last, period, jitter, label):
        at = first + self.dice.uniform(0, period)
        while at < last:
            listed = host in CATEGORY_OF
            if listed:
                self.device.listed(at, host, "background", label, program=self.hello)
            else:
                self.device.ask(at, host, self.hello)
            at += period * self.dice.uniform(1 - jitter, 1 + jitter)

    def slower_and_slower(self, host, at, last, factor):
        for _ in range(self.dice.randint(2, 4)):
            gap = self.dice.choice([1, 2, 5])
            for _ in range(self.dice.randint(4, 9)):
                if at > last:
                    return
                self.device.listed(at, host, "background", "a program that gives up slowly", program=self.hello)
                at += gap * self.dice.uniform(0.9, 1.1)
                gap *= factor
            at += self.dice.uniform(1800, 7200)

    def now_and_then(self, host, first, last, mean):
        at = first + self.dice.expovariate(1 / mean)
        while at < last:
            self.device.listed(at, host, "background", "a program now and then", program=self.hello)
            at += self.dice.expovariate(1 / mean)

    def link_checker(self, at):
        for host in self.dice.sample(self.device.web.third, self.dice.randint(2, 7)):
            self.device.ask(at + self.dice.uniform(0, 0.6), host, self.hello, connect=False)
        host = self.dice.choice(list(CATEGORY_OF))
        self.device.listed(at + self.dice.uniform(0, 0.6), host, "background", "links of a mail looked up",
                           connect=False, program=self.hello)


def live_a_day(device, family, meant_share):
    """Everything of one device on one day, from early to late."""
    dice = device.dice
    start, end = DAY + dice.uniform(0, 5400), DAY + 8 * 3600 - dice.uniform(0, 7200)
    for name in dice.sample(device.web.third, 5):  # what every machine does all day
        Program(device).every("sync." + name, start, end, dice.uniform(300, 2400), 0.3, "")
    if dice.random() < 0.06:
        device.start_browser(start)
    at = start
    while at < end:
        pages = dice.randint(3, 12)
        meant = {}
        if dice.random() < meant_share:
            meant = {dice.randrange(pages): device.web.wanted(dice)}
        at = device.browse(at, pages, meant) + dice.uniform(300, 5400)
    host = dice.choice(list(CATEGORY_OF))
    what = dice.random()
    if what < 0.03:
        Program(device).every(host, start, end, dice.choice([60, 300, 900, 1800]), 0.04, "a program by the clock")
    elif what < 0.05:
        Program(device).every(host, 0, 6 * 3600, dice.choice([900, 3600]), 0.1, "a program at night")
    elif what < 0.075:
        Program(device).slower_and_slower(host, start + dice.uniform(0, 7200), end, 2 if family == "measuring" else 1.7)
    elif family == "measuring" and what < 0.095:
        Program(device).now_and_then(host, start, end, 7200)
    elif what < 0.13:
        Program(device).link_checker(start + dice.uniform(600, 20000))
