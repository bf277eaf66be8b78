#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "policy/config/config.h"

namespace {

using policy::rules::Fact;
using policy::rules::FactValue;
using Words = std::vector<std::string>;

class Table final : public policy::rules::Facts {
  public:
    explicit Table(std::map<Fact, FactValue> values) : values_(std::move(values)) {}
    const FactValue& ask(Fact fact) override {
        asked.insert(fact);
        return values_.at(fact);
    }
    std::set<Fact> asked;

  private:
    std::map<Fact, FactValue> values_;
};

/// A mail that every rule could like, changed by each row.
std::map<Fact, FactValue> mail(std::map<Fact, FactValue> changes) {
    const std::map<Fact, FactValue> usual{{Fact::method, Words{"REQUEST"}},
                                          {Fact::authenticated, true},
                                          {Fact::sender_is, Words{"organizer"}},
                                          {Fact::sender_matches_stored, true},
                                          {Fact::known_uid, true},
                                          {Fact::address_book, true},
                                          {Fact::organizer_known, true},
                                          {Fact::same_domain, false},
                                          {Fact::submitted, false},
                                          {Fact::spam, false},
                                          {Fact::hazards, Words{}}};
    changes.insert(usual.begin(), usual.end());
    return changes;
}

}  // namespace

TEST_CASE("the presets that are shipped decide as the manual says") {
    const auto config = policy::config::read_config(std::filesystem::path(SOURCE_DIR) / "etc/imip-milter.yaml");
    REQUIRE(config);
    const policy::rules::Unknown waiting{"the calendar was not asked"};
    struct Row {
        const char* sentence;
        const char* preset;
        std::map<Fact, FactValue> changes;
        const char* rule;
        bool apply, deferred;
    };
    const Row rows[] = {
        {"spam is ignored", "known", {{Fact::spam, true}}, "spam", false, false},
        {"an invitation from somebody known", "known", {{Fact::known_uid, false}}, "people I know", true, false},
        {"his assistant's", "known", {{Fact::sender_is, Words{"sent_by"}}}, "assistants of people I know", true, false},
        {"an invitation from a stranger",
         "known",
         {{Fact::address_book, false}, {Fact::known_uid, false}},
         "otherwise",
         false,
         false},
        {"an unsigned invitation", "known", {{Fact::authenticated, false}}, "otherwise", false, false},
        {"an invitation with hazards", "known", {{Fact::hazards, Words{"too_long"}}}, "otherwise", false, false},
        {"somebody known passes another's invitation on",
         "known",
         {{Fact::sender_is, Words{"other"}}, {Fact::sender_matches_stored, false}},
         "otherwise",
         false,
         false},
        {"a stranger changes his event that is in the calendar",
         "known",
         {{Fact::address_book, false}},
         "changes to events I know",
         true,
         false},
        {"a stranger changes another's event",
         "known",
         {{Fact::address_book, false}, {Fact::sender_matches_stored, false}},
         "otherwise",
         false,
         false},
        {"a stranger's request while the calendar was not asked",
         "known",
         {{Fact::address_book, false}, {Fact::known_uid, waiting}, {Fact::sender_matches_stored, waiting}},
         "changes to events I know",
         false,
         true},
        {"an answer",
         "known",
         {{Fact::method, Words{"REPLY"}}, {Fact::sender_is, Words{"attendee"}}},
         "replies to my invitations",
         true,
         false},
        {"an answer to an unknown event",
         "known",
         {{Fact::method, Words{"REPLY"}}, {Fact::known_uid, false}},
         "otherwise",
         false,
         false},
        {"another instance", "known", {{Fact::method, Words{"ADD"}}}, "changes to events I know", true, false},
        {"a cancellation", "known", {{Fact::method, Words{"CANCEL"}}}, "cancellations of events I know", true, false},
        {"a cancellation by somebody else",
         "known",
         {{Fact::method, Words{"CANCEL"}}, {Fact::sender_matches_stored, false}},
         "otherwise",
         false,
         false},
        {"a published event", "known", {{Fact::method, Words{"PUBLISH"}}}, "otherwise", false, false},
        {"an invitation from a stranger, for everyone",
         "everyone",
         {{Fact::address_book, false}, {Fact::known_uid, false}},
         "invitations from every proven sender",
         true,
         false},
        {"an unsigned invitation, for everyone", "everyone", {{Fact::authenticated, false}}, "otherwise", false, false},
        {"hazards, for everyone", "everyone", {{Fact::hazards, Words{"sub_daily"}}}, "otherwise", false, false},
        {"a cancellation, for everyone",
         "everyone",
         {{Fact::method, Words{"CANCEL"}}},
         "cancellations of events I know",
         true,
         false},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        Table facts(mail(row.changes));
        const auto decision = policy::rules::decide(config->presets.at(row.preset), facts);
        INFO(decision.because);
        CHECK(decision.rule == row.rule);
        CHECK((decision.action.calendar == policy::rules::CalendarAction::apply) == row.apply);
        CHECK(decision.deferred == row.deferred);
        CHECK(decision.action.mail == policy::rules::MailAction::deliver);
    }
}

TEST_CASE("an invitation from somebody known does not wait for the calendar") {
    const auto config = policy::config::read_config(std::filesystem::path(SOURCE_DIR) / "etc/imip-milter.yaml");
    REQUIRE(config);
    for (const char* preset : {"known", "everyone"}) {
        Table facts(mail({}));
        CHECK(policy::rules::decide(config->presets.at(preset), facts).action.calendar ==
              policy::rules::CalendarAction::apply);
        CHECK_FALSE(facts.asked.contains(Fact::known_uid));
        CHECK_FALSE(facts.asked.contains(Fact::sender_matches_stored));
    }
}
