// Where each sentence of a card comes from: the attempts, the events they were folded from with list, entry
// and line, the evidence for who it was, the terms of its rank and rating. What the card does not show
// (names, sealed hosts) is not shown here either. One thread, as the store it is given.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lodge/report/daily_report.h"
#include "lodge/store/store.h"

namespace gatehouse::lodge {

struct TracedSentence {
  std::string label;                // "What"
  std::string text;                 // as on the card
  std::string basis;                // "folded from 6 events of 2 attempts"
  std::vector<std::string> events;  // ids in the store
};

struct Explanation {
  std::string title;
  std::vector<TracedSentence> sentences;
  std::vector<std::string> records;  // each attempt and event in a line or two
};

// The day of a card's reference ("2026-11-10/7Q2K9M"); nullopt when it is none.
std::optional<Day> day_of_reference(std::string_view reference);

// The error says when the day's report has no such card.
Result<Explanation> explain_card(const Store& store, const DailyInput& input, std::string_view reference);
std::string render_explanation(const Explanation& explanation);

}  // namespace gatehouse::lodge
