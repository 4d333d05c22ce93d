"""A made-up web for the browsing simulation: sites with the names that their pages load, when, and how surely. Two
families of structures that share no kind of page: one to tune the weights by, one to measure with."""
import random

WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "haven", "inlet", "jade", "kite", "larch", "maple",
         "north", "ocean", "pine", "quill", "ridge", "stone", "thorn", "umber", "vale", "willow", "yarrow", "zephyr")
LISTED = {
    "weapons-firearms": ["guns-direct.test", "rifle-barn.test", "ammo-by-post.test"],
    "extremism-right-wing": ["northern-order.test", "purity-front.test", "iron-dawn.test"],
    "extremism-islamist": ["black-banner.test", "caliphate-call.test", "frontline-dispatch.test"],
    "circumvention": ["speedy-vpn.test", "hide-me-now.test", "free-tunnel.test"],
    "other-harm": ["essay-mill.test", "card-dump.test", "stolen-logins.test"]}
CATEGORY_OF = {host: category for category, hosts in LISTED.items() for host in hosts}


class Part:
    """A name that a page loads: after how many seconds, on which share of its loads, and how far it gets."""

    def __init__(self, host, after, share=1.0, how="connect"):
        self.host, self.after, self.share, self.how = host, after, share, how


class Site:
    def __init__(self, host, kind, parts, spread=0.15):
        self.host, self.kind, self.parts, self.spread = host, kind, parts, spread
        self.polls = None  # a name, seconds between, and how much longer each time


class Web:
    def __init__(self, seed, family):
        self.dice = random.Random(f"web {seed} {family}")
        self.family = family
        self.taken = set()
        self.third = [self.name("thirdparty") for _ in range(70)]
        kinds = TUNING if family == "tuning" else MEASURING
        self.sites = [make(self) for make in kinds for _ in range(9)]
        self.dice.shuffle(self.sites)
        self.search = Site("www." + self.name("search"), "search", self.own("search-parts.example", 3, 0.05, 0.5))
        self.mail = Site("mail.northfield.example", "mail", self.own("static.northfield.example", 2, 0.1, 0.6))
        # Half of the listed names are brought along by pages; people go to those too, but more to the others.
        self.widgets = self.dice.sample(list(CATEGORY_OF), len(CATEGORY_OF) // 2)
        for site in self.dice.sample(self.sites, len(self.sites) // 3):
            self.put_listed_part(site)
        for site in self.dice.sample(self.sites, 1):  # a page that goes on asking for something while it is open
            site.polls = (self.dice.choice(self.widgets), POLLS[family](self.dice), 1.0 if family == "tuning" else 1.4)

    def name(self, kind):
        while True:
            name = f"{self.dice.choice(WORDS)}-{self.dice.choice(WORDS)}-{kind}.example"
            if name not in self.taken:
                self.taken.add(name)
                return name

    def wanted(self, dice):
        """A listed name that somebody goes to."""
        widget = dice.random() < 0.3
        return dice.choice([host for host in CATEGORY_OF if (host in self.widgets) == widget])

    def own(self, base, count, first, last):
        prefixes = self.dice.sample(["static", "img", "cdn", "api", "media", "fonts", "assets"], count)
        return [Part(f"{prefix}.{base}", self.dice.uniform(first, last)) for prefix in prefixes]

    def others(self, count, first, last, share=1.0):
        return [Part(self.dice.choice(["", "cdn.", "px.", "t."]) + host, self.dice.uniform(first, last), share)
                for host in self.dice.sample(self.third, count)]

    def put_listed_part(self, site):
        """Something of a listed site on an ordinary one: a badge, a player, an advert, a name looked up ahead."""
        host = self.dice.choice(self.widgets)
        host = self.dice.choice(["", "", "www.", "embed.", "img."]) + host
        moment, share, how = self.dice.choice(LISTED_PARTS[self.family])
        site.parts.append(Part(host, moment(self.dice), share, how))


def heavy_news(web):
    base = web.name("news")
    parts = web.own(base, 3, 0.05, 0.5) + web.others(14, 0.2, 1.5) + web.others(18, 0.8, 5.0, 0.7)
    return Site("www." + base, "heavy news", parts)


def plain_blog(web):
    base = web.name("blog")
    return Site(base, "plain blog", web.own(base, 1, 0.05, 0.3) + web.others(web.dice.randint(2, 5), 0.1, 1.2))


def shop(web):
    base = web.name("shop")
    parts = web.own(base, 3, 0.05, 0.6) + web.others(7, 0.3, 2.0) + web.others(3, 2.0, 6.0, 0.6)
    return Site("www." + base, "shop", parts)


def lean_portal(web):
    base = web.name("portal")
    return Site(base, "lean portal", web.own(base, 1, 0.05, 0.4) + web.others(1, 0.3, 0.9))


def talk_app(web):  # a forum that is one program: names come over a long time
    base = web.name("forum")
    parts = web.own(base, 2, 0.1, 0.8) + web.others(6, 0.5, 8.0)
    return Site("app." + base, "talk app", parts, 0.3)


def video(web):  # player first, adverts in the middle
    base = web.name("video")
    parts = web.own(base, 3, 0.05, 0.9) + web.others(4, 0.4, 1.6) + web.others(5, 12.0, 28.0, 0.5)
    return Site("www." + base, "video", parts, 0.2)


def consent_first(web):  # nothing of others until the visitor has agreed
    base = web.name("recipes")
    agreed = web.dice.uniform(2.5, 6.0)
    parts = web.own(base, 2, 0.05, 0.4) + web.others(10, agreed + 0.1, agreed + 1.8)
    return Site("www." + base, "consent first", parts, 0.25)


def reference(web):  # a page of an encyclopedia: hardly anything of others
    base = web.name("wiki")
    return Site("en." + base, "reference", web.own(base, 1, 0.05, 0.3) + web.others(web.dice.randint(0, 2), 0.2, 0.9))


def link_pages(web):  # an aggregator that looks names up ahead
    base = web.name("links")
    ahead = [Part(host, web.dice.uniform(0.2, 0.7), 0.8, "look up") for host in web.dice.sample(web.third, 6)]
    return Site(base, "link pages", web.own(base, 2, 0.05, 0.4) + ahead + web.others(3, 0.2, 1.5))


TUNING = [heavy_news, plain_blog, shop, lean_portal]
MEASURING = [talk_app, video, consent_first, reference, link_pages]


def between(low, high):
    return lambda dice: dice.uniform(low, high)


POLLS = {"tuning": between(20, 60), "measuring": between(8, 25)}
# When a listed part comes, on which share of the loads, and how far it gets.
LISTED_PARTS = {
    "tuning": [(between(0.15, 0.8), 1.0, "connect"), (between(0.15, 0.8), 0.9, "connect"),
               (between(0.9, 3.0), 0.35, "connect"), (between(4.0, 11.0), 0.6, "connect"),
               (between(0.1, 0.4), 1.0, "look up")],
    "measuring": [(between(0.2, 1.2), 1.0, "connect"), (between(0.2, 1.2), 0.8, "connect"),
                  (between(1.2, 4.5), 0.3, "connect"), (between(5.0, 18.0), 0.5, "connect"),
                  (between(0.2, 0.7), 0.9, "look up"), (between(0.3, 0.9), 0.7, "preconnect")]}
