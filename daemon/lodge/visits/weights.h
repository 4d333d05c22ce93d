// Every constant and weight of the judgement whether a person meant it, in one table. Nothing else decides: the
// score is the sum of the points that apply, between 0 (background) and 100 (deliberate). gatehouse-measure-visits
// prints how well it does; change a number here, and run it again.
#pragma once

#include "base/time.h"

namespace gatehouse::lodge {

struct ScoreWeights {
  int start = 52;  // nothing is known yet

  // What stood around the try.
  int led = 28;                 // the first name after a pause: somebody went there
  int nothing_else = 30;        // or at least no page was loading
  int amid_many = -6;           // many other names at the same moment: a page was loading
  int went_on = -18;            // it was stopped, and other names followed at once: it led to none of them
  int own_names = 22;           // other names of the same site beside it: its page was being opened
  int other_program = -24;      // another program's handshake than the one that opens the pages
  int seen_on_some = -16;       // the same name at the same moment behind the same page on one or two other devices
  int seen_on_many = -70;       // on three or more: a part of that page
  int page_open = -40;          // no such moment, but a page opened here lately brings it along on three or more
  int reloaded = 60;            // loaded again by the browser as it does with a tab's page
  int unlike_pages = -6;        // not loaded again, where the same device's browser does so with pages
  int page_asks_again = -14;    // it came with a page first, and went on from there
  int page_keeps_asking = -56;  // and that page brings it along on three or more devices
  int goes_on = 12;             // it came with a page, which brings it along nowhere else, and was tried again alone
  int part_of_pages = -42;      // everywhere here the name comes with pages more than alone
  int part_of_others = -36;     // the same, but after a pause, and of no page that was opened here lately
  int not_known = -14;          // nothing of what stood around it was kept
  int again = 20;               // asked for again at once, with nothing else in between
  int again_most = 40;
  int idle_hours = -30;  // at night, and nothing else went on

  // The try itself.
  int connected = 4;         // something was to be opened, not only looked up
  int only_looked_up = -40;  // browsers look names up ahead, mail programs check links: nobody need have clicked
  int other_route = 5;       // QUIC and TCP, or plain and encrypted: browsers do that alone too, so it says little

  // The attempt that the tries make together.
  int further_try = 16;  // each try after the first that no page brought along
  int further_tries_most = 36;
  int other_sites = 24;   // several listed sites of one category: looking around
  int evasion = 25;       // a handshake made to deceive the filter: no ordinary program does that
  int tunnel = 20;        // a tunnel in use, not only its web site
  int periodic = -60;     // a fixed rhythm is a program's
  int backing_off = -50;  // waiting longer each time is a program's too

  int deliberate_from = 50;  // below it, half of the simulated attempts or fewer were meant
  int background_to = 34;
};
inline constexpr ScoreWeights kScoreWeights;

// A longer silence is another attempt: someone went away and came back.
inline constexpr Seconds kGap{10 * 60};
// Hits on one name closer together than this are one try: a browser asks for A and AAAA, tries QUIC and TCP, and
// repeats at once.
inline constexpr Seconds kOneTry{10};
// Questions and hellos for one name closer together than this are of one loading.
inline constexpr Milliseconds kOneMoment{700};
// After how long Chromium loads a page again that failed, first and then, and how late it may be.
inline constexpr Milliseconds kFirstReload{950};
inline constexpr Milliseconds kSecondReload{4900};
inline constexpr Milliseconds kReloadDelay{1300};
// Asked for again within this, it is another go at the same thing.
inline constexpr Seconds kAgain{60};
// Names this near to a try are loaded together with it.
inline constexpr Milliseconds kBeside{2000};
// A pause of this length ends one page's loading; what comes next begins something.
inline constexpr Milliseconds kPause{2500};
// Nobody reads and clicks faster than this.
inline constexpr Milliseconds kTooQuick{700};
// How far the page is looked for that brought a name along.
inline constexpr Seconds kLookBack{60};
// For so long connections and looked-up names last, so that a page opened again shows nothing of itself.
inline constexpr Seconds kStaysOpen{180};
// Pages bring their last parts along within this.
inline constexpr Seconds kLatestPart{20};
// Names of the same site this near are its own parts.
inline constexpr Seconds kOwnParts{10};
// Other names beside a try: this many are a page that loads, and this many surely so.
inline constexpr int kFewNames = 2;
inline constexpr int kManyNames = 6;
// A name comes at the same moment on two devices when the distances from the page's start differ by less than this, or
// the longer is less than eight fifths of the shorter: machines differ in speed.
inline constexpr Milliseconds kSameOffset{1000};
inline constexpr int kManyDevices = 3;
// A widget is remembered for this many days.
inline constexpr int kSightingDays = 7;
// A handshake is told from the browser's when the surroundings show at least this many others.
inline constexpr int kHandshakesKnown = 3;
// A program backs off when so many gaps in a row grow alike, each by these parts of the one before.
inline constexpr int kGrowingGaps = 3;
inline constexpr double kGrowsAtLeast = 1.25;
inline constexpr double kGrowsAtMost = 2.8;
// Night, by London's clocks: from, to.
inline constexpr int kNightFrom = 23;
inline constexpr int kNightTo = 6;

// A rhythm needs this many tries to be told from chance ...
inline constexpr std::size_t kRhythmTries = 5;
// ... at least this far apart (people reload faster) ...
inline constexpr Seconds kRhythmShortest{20};
// ... with four in five gaps this near to the usual one.
inline constexpr int kRhythmTolerancePercent = 10;

}  // namespace gatehouse::lodge
