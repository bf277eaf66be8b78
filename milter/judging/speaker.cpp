#include "milter/judging/speaker.h"

#include <algorithm>

#include <fmt/format.h>

#include "calendar/itip/read/organizational_domain.h"
#include "policy/rules/pattern.h"
#include "policy/rules/policy.h"

namespace milter::judging {

using calendar::itip::Address;
using calendar::itip::ItipMessage;
using calendar::itip::Party;
using policy::config::SpeaksFor;
using policy::rules::Truth;

namespace {

/// Whom the method speaks for; null when it is not one.
const Party* speaking_party(const ItipMessage& message) {
    if (calendar::itip::speaks_for_organizer(message.method))
        return message.organizer() ? &*message.organizer() : nullptr;
    const Party* one = nullptr;
    for (const auto& object : message.objects)
        for (const auto& attendee : object.attendees) {
            if (one != nullptr && one->address != attendee.address) return nullptr;
            one = &attendee;
        }
    return one;
}

bool same_organization(const Address& a, const Address& b) {
    return calendar::itip::organizational_domain(a.domain()) == calendar::itip::organizational_domain(b.domain());
}

/// Whose message it is, and who may have sent it.
struct Case {
    const Evidence& evidence;
    const Address& from;
    const Party& party;
    calendar::itip::Method method;
};

bool is_for(const SpeaksFor& entry, const Address& sender, const Case& about) {
    switch (entry.party) {
        case SpeaksFor::Party::pattern:
            return policy::rules::matches(entry.pattern, about.party.address.text());
        case SpeaksFor::Party::same_domain:
            return same_organization(sender, about.party.address);
        case SpeaksFor::Party::from:
            return about.party.address == about.from;
    }
    return false;
}

/// Who sends, as the entry has it, proven or not; null: the entry is for others.
const Address* sender_by(const SpeaksFor& entry, const Case& about) {
    const bool in_from = entry.signer.empty();
    if (!in_from && !about.evidence.sender) return nullptr;
    const auto& sender = in_from ? about.from : *about.evidence.sender;
    const bool speaks_for_itself = about.party.address == about.from && entry.party != SpeaksFor::Party::from;
    const bool fits = !speaks_for_itself && std::ranges::find(entry.methods, about.method) != entry.methods.end() &&
                      policy::rules::matches(entry.sender, sender.text()) && is_for(entry, sender, about);
    return fits ? &sender : nullptr;
}

Truth truth_of(const policy::rules::FactValue& flag) {
    const auto* known = std::get_if<bool>(&flag);
    return known == nullptr ? Truth::unknown : *known ? Truth::yes : Truth::no;
}

Truth both(Truth a, Truth b) {
    if (a == Truth::no || b == Truth::no) return Truth::no;
    return a == Truth::yes ? b : a;
}

/// A signature of the very domain, since a host of the same organization may be anybody's. A From address beside a
/// signed Sender must be proven by itself, unless the signer is to vouch for it.
Truth is_proven(const SpeaksFor& entry, const Evidence& evidence) {
    if (entry.signer.empty()) return truth_of(evidence.very_domain);
    const auto has = [&](const std::vector<std::string>& domains) {
        return std::ranges::find(domains, entry.signer) != domains.end();
    };
    const auto is_signed = has(evidence.sender_signed_by)      ? Truth::yes
                           : has(evidence.sender_keys_missing) ? Truth::unknown
                                                               : Truth::no;
    return entry.party == SpeaksFor::Party::from ? is_signed : both(is_signed, truth_of(evidence.authenticated));
}

std::optional<Address> person_of(const SpeaksFor& entry, const Case& about) {
    switch (entry.person) {
        case SpeaksFor::Person::from:
            return about.from;
        case SpeaksFor::Person::party:
            return about.party.address;
        case SpeaksFor::Person::email:
            return about.party.email;
    }
    return std::nullopt;
}

std::optional<Case> case_of(const Evidence& evidence, const ItipMessage& message) {
    const auto* party = speaking_party(message);
    if (party == nullptr || !evidence.from) return std::nullopt;
    return Case{.evidence = evidence, .from = *evidence.from, .party = *party, .method = message.method};
}

/// As YAML takes it within braces.
std::string quoted_where_needed(const std::string& address) {
    if (calendar::base::letters_digits_or(address, "@.-_+")) return address;
    std::string quoted;
    for (const char c : address)
        quoted.append(c == '"' || c == '\\' ? "\\" : "").append(1, c);
    return '"' + quoted + '"';
}

/// The entry that would do, as it is written.
std::string entry_for(const Address& sender, bool in_from, const Case& about) {
    const auto party = in_from && same_organization(sender, about.party.address) ? std::string("same_domain")
                                                                                 : about.party.address.text();
    auto entry = in_from ? fmt::format("sender: {}", quoted_where_needed(sender.text()))
                         : fmt::format("signed_sender: {}, signer: {}", quoted_where_needed(sender.text()),
                                       quoted_where_needed(std::string(sender.domain())));
    entry += ", party: " + quoted_where_needed(party);
    const auto usual = SpeaksFor{}.methods;
    if (std::ranges::find(usual, about.method) == usual.end())
        entry += fmt::format(", methods: [{}]", word(about.method));
    return "- {" + entry + '}';
}

}  // namespace

std::optional<Speaker> speaker_of(const Evidence& evidence, const ItipMessage& message,
                                  const std::vector<SpeaksFor>& entries) {
    const auto about = case_of(evidence, message);
    if (!about) return std::nullopt;
    std::optional<Speaker> possible;
    for (const auto& entry : entries) {
        const auto* by = sender_by(entry, *about);
        const auto proven = by == nullptr ? Truth::no : is_proven(entry, evidence);
        if (proven == Truth::no || (possible && proven == Truth::unknown)) continue;
        possible = Speaker{.party = about->party.address,
                           .by = *by,
                           .person = person_of(entry, *about),
                           .vouches_for_from = entry.party == SpeaksFor::Party::from,
                           .place = entry.place,
                           .unknown = proven == Truth::yes ? "" : key_lookup_failed};
        if (proven == Truth::yes) break;
    }
    return possible;
}

std::string sentence(const Speaker& speaker) {
    return fmt::format("{} sends for {} ({})", speaker.by.text(), speaker.party.text(), speaker.place);
}

std::string missing_for_speaker(const Evidence& evidence, const ItipMessage& message,
                                const std::vector<SpeaksFor>& entries) {
    const auto about = case_of(evidence, message);
    if (!about) return {};
    for (const auto& entry : entries) {
        if (sender_by(entry, *about) == nullptr) continue;
        const bool in_from = entry.signer.empty();
        return fmt::format("; the 'speaks_for' entry at {} requires a valid signature of {}{}", entry.place,
                           in_from ? about->from.domain() : std::string_view(entry.signer),
                           in_from ? "" : " that covers Sender, and a proven From address");
    }
    const auto& sender = evidence.sender;
    const bool sender_is_signed =
        sender && sender != about->from &&
        std::ranges::find(evidence.sender_signed_by, sender->domain()) != evidence.sender_signed_by.end();
    if (!sender_is_signed && truth_of(evidence.very_domain) != Truth::yes)
        return fmt::format("; a 'speaks_for' entry would require a valid signature of {}", about->from.domain());
    const auto& system = sender_is_signed ? *sender : about->from;
    // A pattern is for more than the one address.
    if ((system.text() + about->party.address.text()).find('*') != std::string::npos) return {};
    return fmt::format(
        "; if the sender is a system that sends for others, this entry of 'authentication: speaks_for' would allow it: "
        "{}",
        entry_for(system, !sender_is_signed, *about));
}

}  // namespace milter::judging
