#include "policy/rules/facts.h"

#include <algorithm>
#include <array>

namespace policy::rules {
namespace {

using namespace std::string_view_literals;

constexpr std::array methods{"PUBLISH"sv, "REQUEST"sv, "REPLY"sv,   "ADD"sv,
                             "CANCEL"sv,  "REFRESH"sv, "COUNTER"sv, "DECLINECOUNTER"sv};
constexpr std::array components{"VEVENT"sv, "VTODO"sv, "VJOURNAL"sv, "VFREEBUSY"sv};
constexpr std::array sender_roles{"organizer"sv, "sent_by"sv, "attendee"sv, "delegator"sv, "delegate"sv, "other"sv};
constexpr std::array recipient_roles{"organizer"sv, "attendee"sv, "list"sv, "none"sv};
constexpr std::array hazard_words{"none"sv,
                                  "any"sv,
                                  "sub_daily"sv,
                                  "too_many_instances"sv,
                                  "overlapping"sv,
                                  "impossible_rule"sv,
                                  "far_future"sv,
                                  "far_past"sv,
                                  "too_long"sv,
                                  "many_attendees"sv,
                                  "many_alarms"sv,
                                  "alarm_action"sv,
                                  "many_attachments"sv,
                                  "local_attachment"sv,
                                  "html_description"sv,
                                  "unsafe_link"sv};

// In the order of Fact, which is the manual's.
constexpr std::array table{
    FactInfo{Fact::method, "method", FactKind::word, methods},
    FactInfo{Fact::component, "component", FactKind::word, components},
    FactInfo{Fact::authenticated, "authenticated", FactKind::flag, {}},
    FactInfo{Fact::sender_is, "sender_is", FactKind::word, sender_roles},
    FactInfo{Fact::sender_matches_stored, "sender_matches_stored", FactKind::flag, {}},
    FactInfo{Fact::known_uid, "known_uid", FactKind::flag, {}},
    FactInfo{Fact::address_book, "address_book", FactKind::flag, {}},
    FactInfo{Fact::correspondent, "correspondent", FactKind::flag, {}},
    FactInfo{Fact::same_domain, "same_domain", FactKind::flag, {}},
    FactInfo{Fact::organizer_known, "organizer_known", FactKind::flag, {}},
    FactInfo{Fact::agent, "agent", FactKind::flag, {}},
    FactInfo{Fact::recipient_is, "recipient_is", FactKind::word, recipient_roles},
    FactInfo{Fact::sender, "sender", FactKind::pattern, {}},
    FactInfo{Fact::sender_domain, "sender_domain", FactKind::pattern, {}},
    FactInfo{Fact::recipient, "recipient", FactKind::pattern, {}},
    FactInfo{Fact::organizer, "organizer", FactKind::pattern, {}},
    FactInfo{Fact::signed_by, "signed_by", FactKind::pattern, {}},
    FactInfo{Fact::spam, "spam", FactKind::flag, {}},
    FactInfo{Fact::mailing_list, "mailing_list", FactKind::flag, {}},
    FactInfo{Fact::submitted, "submitted", FactKind::flag, {}},
    FactInfo{Fact::spoken_for, "spoken_for", FactKind::flag, {}},
    FactInfo{Fact::content_type_signed, "content_type_signed", FactKind::flag, {}},
    FactInfo{Fact::hazards, "hazards", FactKind::hazards, hazard_words},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < table.size(); ++i)
        if (static_cast<std::size_t>(table[i].fact) != i) return false;
    return table.back().fact == Fact::hazards;
}
static_assert(in_order(), "info() indexes the table by the fact");

}  // namespace

std::span<const FactInfo> all_facts() noexcept {
    return table;
}

const FactInfo& info(Fact fact) noexcept {
    return table[static_cast<std::size_t>(fact)];
}

std::optional<Fact> fact_of(std::string_view word) noexcept {
    const auto found =
        std::find_if(table.begin(), table.end(), [&](const FactInfo& fact) { return fact.word == word; });
    if (found == table.end()) return std::nullopt;
    return found->fact;
}

}  // namespace policy::rules
