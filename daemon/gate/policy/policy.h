// The policy: what is seen, by whom and when, to what is done about it. A PolicySnapshot is immutable and
// shared by all workers; each worker owns one Decider over it (the matcher's scratch space belongs to one
// thread). decide() allocates nothing and takes no lock. README.md in this folder gives the order of
// precedence.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/london.h"
#include "gate/inspect/observation.h"
#include "gate/policy/group_table.h"
#include "gate/policy/settings.h"
#include "lists/match.h"
#include "lists/matcher.h"
#include "lists/pack.h"

namespace gatehouse::policy {

// Whose traffic it is, as the wire tells it. Zero MAC and VLAN: unknown.
struct Subject {
  IpAddress address;
  MacAddress mac;
  std::uint16_t vlan = 0;
};

enum class KnownBy : std::uint8_t { Nothing, Mac, Session, Vlan, Address };

// Where a subject belongs. Indices into the snapshot's settings.
struct Client {
  static constexpr std::uint16_t kNone = 0xffff;
  std::uint16_t network = kNone;
  std::uint16_t group = 0;  // index into PolicySnapshot::groups(); 0 is the default group
  KnownBy by = KnownBy::Nothing;
};

// What decided.
enum class DecidedBy : std::uint8_t {
  NotListed,
  SealedList,
  Permission,
  AllowList,
  Rule,
  TunnelKind,
  Default
};

// The answer. All text is borrowed from the snapshot and its pack and lives as long as the snapshot.
struct Decision {
  Action action = Action::Allow;
  DecidedBy decided_by = DecidedBy::NotListed;
  bool listed = false;          // some list or tunnel matched, whatever was done about it
  bool sealed = false;          // never show the host or the entry to people
  bool lookalike = false;       // the name imitates a listed one
  bool unknown_client = false;  // no network knows the client
  std::uint8_t severity = 0;    // of the category, 1 to 5
  std::string_view category;    // ids
  std::string_view list;
  std::string_view entry;  // empty for a sealed list; the kind for a tunnel
  std::string_view entry_file;
  std::uint32_t entry_line = 0;
  std::string_view rule;    // the rule's name, or what stands for it: "sealed list", "category default"
  std::string_view reason;  // the rule's or permission's; otherwise the entry's
  std::string_view group;   // id
  std::string_view network;
  std::string_view place;
};
// One sentence for people: "blocked: 'guns.test' on list demo-firearms (line 12), rule 'For everyone'".
std::string explain(const Decision& decision);

// Receives each step of a decision, for `gatehouse why`; the packet path has none.
class Trace {
 public:
  enum class Verdict : std::uint8_t {
    Decides,
    OtherGroup,
    OtherCategory,
    OutsideHours,
    Expired,
    NotAbout,
    LessSpecific
  };
  virtual ~Trace() = default;
  virtual void match(const lists::Match& match) = 0;
  virtual void permission(const Permission& permission, Verdict verdict) = 0;
  virtual void allow_list(const lists::Match& allow, const lists::Match& listed, Verdict verdict) = 0;
  virtual void rule(const Rule& rule, std::string_view category, Verdict verdict) = 0;
};

class PolicySnapshot {
 public:
  // Never null pack: Pack::empty() for none. Rules that name unknown groups or categories never match
  // (check.h reports them).
  PolicySnapshot(PolicySettings settings, std::shared_ptr<const lists::Pack> pack);

  [[nodiscard]] const PolicySettings& settings() const noexcept { return settings_; }
  [[nodiscard]] const lists::Pack& pack() const noexcept { return *pack_; }
  [[nodiscard]] const std::shared_ptr<const lists::Pack>& shared_pack() const noexcept { return pack_; }
  // The default group first, then those of the configuration in its order.
  [[nodiscard]] const std::vector<Group>& groups() const noexcept { return groups_; }
  [[nodiscard]] std::optional<std::uint16_t> find_group(std::string_view id) const noexcept;

  // By MAC first, then VLAN, then the longest prefix.
  [[nodiscard]] Client client_of(const Subject& subject) const noexcept;

  // The pure part: what is done about these matches. `host` is canonical (lower case) and may be empty;
  // `tunnel` is the kind, when it is sure enough to decide on, or empty.
  struct Question {
    Subject subject;
    Client client;
    std::string_view host;
    const lists::MatchSet* matches = nullptr;
    std::string_view tunnel;
    Timestamp at{};
    const LondonTime* london = nullptr;
  };
  [[nodiscard]] Decision answer(const Question& question, Trace* trace = nullptr) const noexcept;

  // The configured action of a tunnel kind; nullptr when none is.
  [[nodiscard]] const std::pair<std::string, Action>* tunnel_kind(std::string_view kind) const noexcept;
  [[nodiscard]] std::string_view category_id(std::uint16_t category) const noexcept;

 private:
  struct CompiledRule {
    std::vector<bool> groups;      // by group index
    std::vector<bool> categories;  // by category index
  };
  struct CompiledPermission {
    bool everyone = false;
    std::vector<bool> groups;
    std::vector<bool> lists;  // by list index
    std::vector<bool> categories;
  };
  struct PrefixOwner {
    IpPrefix prefix;
    std::uint16_t network;
  };
  // The prefixes of one length: a run of prefixes_, sorted by address.
  struct PrefixRun {
    int length;
    std::size_t begin;
    std::size_t end;
  };
  struct Candidate {
    Action action = Action::Allow;
    DecidedBy by = DecidedBy::Default;
    const Rule* rule = nullptr;
  };

  [[nodiscard]] std::uint16_t network_of(const IpAddress& address) const noexcept;
  void compile_rules();
  void compile_permissions();
  void index_networks();
  [[nodiscard]] std::vector<bool> group_bits(const std::vector<std::string>& ids) const;
  [[nodiscard]] std::vector<bool> category_bits(const std::vector<std::string>& ids) const;
  [[nodiscard]] bool holds_for(const Permission& permission, const CompiledPermission& compiled,
                               const Question& question) const noexcept;
  [[nodiscard]] const Permission* permission_for(const Question& question, const lists::Match* match,
                                                 Trace* trace) const noexcept;
  [[nodiscard]] bool allow_list_counts(const lists::Match& match, const Question& question) const noexcept;
  [[nodiscard]] const lists::Match* overriding_allow(const lists::Match& listed, const Question& question,
                                                     Trace* trace) const noexcept;
  [[nodiscard]] Candidate judge(std::uint16_t category, const Question& question,
                                Trace* trace) const noexcept;
  [[nodiscard]] std::uint64_t specificity(const lists::Match& match) const noexcept;
  [[nodiscard]] bool is_sealed(const lists::Match& match) const noexcept;
  [[nodiscard]] int order_of(std::uint16_t category) const noexcept;
  struct Standing;
  bool answer_sealed(const lists::MatchSet& matches, Decision& out) const noexcept;
  void answer_match(const Question& asked, const lists::Match& match, Trace* trace, Standing& best,
                    Decision& out) const noexcept;
  void answer_tunnel(const Question& question, Trace* trace, Decision& out,
                     bool nothing_listed) const noexcept;
  void describe(Decision& out, const lists::Match& match) const noexcept;
  void describe_tunnel(Decision& out, const Question& question) const noexcept;

  PolicySettings settings_;
  std::shared_ptr<const lists::Pack> pack_;
  std::vector<Group> groups_;
  std::uint16_t circumvention_ = 0;        // index of the category, the pack's or one past its last
  std::vector<Action> category_defaults_;  // by category index
  std::vector<CompiledRule> rules_;
  std::vector<CompiledPermission> permissions_;
  std::vector<std::uint16_t> network_groups_;                   // by network index
  std::vector<std::pair<MacAddress, std::uint16_t>> macs_;      // sorted
  std::vector<std::pair<std::uint16_t, std::uint16_t>> vlans_;  // sorted
  std::vector<PrefixOwner> prefixes_;                           // longest first
  std::vector<PrefixRun> prefix_runs_;
  std::vector<bool> scoped_lists_;  // allow lists that some permission gives to some groups only
};

// One worker's way to ask. Keeps the snapshot alive; made anew at each reload.
class Decider {
 public:
  // `groups` is a table made for this snapshot, or null.
  explicit Decider(std::shared_ptr<const PolicySnapshot> snapshot, std::shared_ptr<const GroupTable> groups = {});

  // A newer table, made for the same snapshot.
  void use_groups(std::shared_ptr<const GroupTable> groups) noexcept { groups_ = std::move(groups); }
  // Where a subject belongs at that time: its MAC address decides first, then who has its address now, then VLAN and
  // network.
  [[nodiscard]] Client client_of(const Subject& subject, Timestamp at) const noexcept;

  // `server`, when known, is looked up in address lists too. The answer's text lives as long as the snapshot.
  [[nodiscard]] Decision decide(const Subject& subject, const inspect::Observation& observation, Timestamp at,
                                const IpAddress* server = nullptr, Trace* trace = nullptr) noexcept;

  [[nodiscard]] const PolicySnapshot& snapshot() const noexcept { return *snapshot_; }
  [[nodiscard]] const std::shared_ptr<const PolicySnapshot>& shared_snapshot() const noexcept {
    return snapshot_;
  }

 private:
  [[nodiscard]] const LondonTime& london(Timestamp at) noexcept;

  std::shared_ptr<const PolicySnapshot> snapshot_;
  std::shared_ptr<const GroupTable> groups_;
  lists::Matcher matcher_;
  std::chrono::sys_time<std::chrono::minutes> minute_{std::chrono::minutes::min()};
  LondonTime london_;
};

}  // namespace gatehouse::policy
