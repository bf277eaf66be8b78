#include "milter/judging/facts.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "calendar/base/threads/parallel.h"
#include "calendar/itip/read/organizational_domain.h"
#include "milter/sandbox/cell.h"
#include "policy/rules/roles.h"

namespace milter::judging {

using calendar::base::Found;
using calendar::itip::Address;
using calendar::itip::StoredObject;
using policy::rules::Fact;
using policy::rules::FactValue;
using policy::rules::Unknown;

namespace {

using Words = std::vector<std::string>;

Words list_of(const std::optional<Address>& address) {
    return address ? Words{address->text()} : Words{};
}

Words hazards_of(const calendar::itip::ItipMessage& message) {
    Words words;
    for (const auto hazard : message.hazards)
        words.emplace_back(word(hazard));
    return words;
}

/// Those that have another value when a system sends for somebody.
bool is_about_sender(Fact fact) {
    constexpr Fact facts[] = {
        Fact::sender_is, Fact::sender_matches_stored, Fact::address_book, Fact::correspondent, Fact::same_domain,
        Fact::sender,    Fact::sender_domain,         Fact::spoken_for};
    return std::ranges::find(facts, fact) != std::end(facts);
}

}  // namespace

const FactValue& MailFacts::ask(Fact fact) {
    const auto found = known_.find(fact);
    return found != known_.end() ? found->second : known_.emplace(fact, find_out(fact)).first->second;
}

MailFacts::MailFacts(FactSources sources)
    : sources_(std::move(sources)), sender_(sources_.evidence.from), person_(sources_.evidence.from) {
    const auto& speaker = sources_.speaker;
    if (!speaker || !speaker->unknown.empty()) return;
    sender_ = speaker->party;
    person_ = speaker->person;
}

const std::optional<Address>& MailFacts::sender() const noexcept {
    return sender_;
}

/// Who publishes the key can make it wait as long as they like.
bool MailFacts::wait_for_proof_only() const {
    constexpr Fact about_signatures[] = {Fact::authenticated, Fact::signed_by, Fact::content_type_signed};
    const auto& speaker = sources_.speaker;
    return std::ranges::all_of(known_, [&](const auto& known) {
        const auto& [fact, value] = known;
        return !std::holds_alternative<Unknown>(value) ||
               std::ranges::find(about_signatures, fact) != std::end(about_signatures) ||
               (speaker && !speaker->unknown.empty() && is_about_sender(fact));
    });
}

FactValue MailFacts::find_out(Fact fact) {
    const auto& evidence = sources_.evidence;
    const auto& message = sources_.message;
    const auto& user = sources_.user;
    const auto& speaker = sources_.speaker;
    if (speaker && !speaker->unknown.empty() && is_about_sender(fact)) return Unknown{speaker->unknown};
    switch (fact) {
        case Fact::method:
            return Words{std::string(word(message.method))};
        case Fact::component:
            return Words{message.component};
        case Fact::authenticated:
            return authenticated();
        case Fact::sender_is:
            return sender_ ? policy::rules::sender_roles(message, *sender_, user) : Words{"other"};
        case Fact::sender_matches_stored:
            return matches_stored();
        case Fact::known_uid:
            return known_uid();
        case Fact::address_book:
            return person_ ? address_book(*person_) : FactValue(false);
        case Fact::correspondent:
            return person_ && correspondent(*person_);
        case Fact::same_domain:
            return person_ && same_domain(*person_);
        case Fact::organizer_known:
            return organizer_known();
        case Fact::agent:
            return sources_.agent;
        case Fact::recipient_is:
            return Words{policy::rules::recipient_role(message, user, sources_.recipient)};
        case Fact::sender:
            return list_of(person_);
        case Fact::sender_domain:
            return person_ ? Words{std::string(person_->domain())} : Words{};
        case Fact::recipient:
            return Words{sources_.recipient.text()};
        case Fact::organizer:
            return message.organizer() ? Words{message.organizer()->address.text()} : Words{};
        case Fact::signed_by:
            return evidence.signed_by;
        case Fact::spam:
            return evidence.spam;
        case Fact::mailing_list:
            return evidence.mailing_list;
        case Fact::submitted:
            return evidence.submitted;
        case Fact::spoken_for:
            return speaker.has_value();
        case Fact::hazards:
            return hazards_of(message);
        case Fact::content_type_signed:
            return evidence.content_type_signed;
    }
    throw std::logic_error("a fact without a source");
}

FactValue MailFacts::authenticated() const {
    const auto& speaker = sources_.speaker;
    const auto& by_itself = sources_.evidence.authenticated;
    const auto* known = std::get_if<bool>(&by_itself);
    if (!speaker || !speaker->vouches_for_from || (known != nullptr && *known)) return by_itself;
    return speaker->unknown.empty() ? FactValue(true) : Unknown{speaker->unknown};
}

FactValue MailFacts::matches_stored() {
    const auto& object = stored();
    if (!object) return Unknown{object.error()};
    return *object && sender_ && policy::rules::matches_stored(**object, sources_.message, *sender_);
}

bool MailFacts::correspondent(const Address& person) const {
    const auto* memory = sources_.snapshot.memory;
    return memory != nullptr && memory->messages(sources_.user.name, person) > 0;
}

bool MailFacts::same_domain(const Address& person) const {
    return calendar::itip::organizational_domain(person.domain()) ==
           calendar::itip::organizational_domain(sources_.user.addresses.front().domain());
}

/// Whoever sends in their name.
FactValue MailFacts::organizer_known() const {
    const auto& organizer = sources_.message.organizer();
    if (!organizer) return false;
    if (same_domain(organizer->address) || correspondent(organizer->address)) return true;
    return address_book(organizer->address);
}

/// What costs least is asked first; an unknown answer counts only when the person is in no book.
FactValue MailFacts::address_book(const Address& person) const {
    std::vector<policy::address_books::AddressBook*> outside;
    std::optional<Unknown> unknown;
    const auto ask = [&](policy::address_books::AddressBook& book) {
        return book.knows(sources_.user.owner(), person, sources_.deadline);
    };
    const auto settles = [&unknown](const Found<bool>& knows) {
        if (!knows) unknown = Unknown{knows.error()};
        return knows && *knows;
    };
    for (const auto& book : sources_.snapshot.address_books) {
        if (!book->immediate())
            outside.push_back(book.get());
        else if (settles(ask(*book)))
            return true;
    }
    std::vector<Found<bool>> answers(outside.size(), false);
    calendar::base::in_parallel(outside.size(), [&](std::size_t i) { answers[i] = ask(*outside[i]); });
    for (const auto& answer : answers)
        if (settles(answer)) return true;
    if (unknown) return *unknown;
    return false;
}

/// The memory answers at once; the calendar is asked only about what is not in there.
FactValue MailFacts::known_uid() {
    if (sources_.agent) return true;
    const auto* memory = sources_.snapshot.memory;
    if (memory != nullptr && memory->knows_event(sources_.user.name, sources_.message.uid)) return true;
    const auto& object = stored();
    if (!object) return Unknown{object.error()};
    return *object && (**object).organized;
}

const MailFacts::Stored& MailFacts::stored() {
    return stored_ ? *stored_ : stored_.emplace(sources_.stored());
}

policy::rules::Decision decision_by(const daemon::Snapshot& snapshot, const policy::users::User& user,
                                    const Evidence& evidence, MailFacts& facts) {
    auto decision = policy::rules::decide(snapshot.policy_of(user), facts);
    if (!evidence.from && decision.action.calendar != policy::rules::CalendarAction::ignore) {
        decision.action.calendar = policy::rules::CalendarAction::ignore;
        decision.because += "; but the message does not have exactly one sender";
    }
    // Anybody can write; what a person has to look at is from those who have to do with the event.
    if (decision.action.calendar == policy::rules::CalendarAction::hold && !decision.deferred) {
        const auto* roles = std::get_if<Words>(&facts.ask(Fact::sender_is));
        if (roles != nullptr && *roles == Words{"other"}) {
            decision.action.calendar = policy::rules::CalendarAction::ignore;
            decision.because += "; but the sender is neither organizer nor attendee, so it is not held";
        }
    }
    const auto& speaker = facts.sources().speaker;
    if (!speaker) return decision;
    if (speaker->unknown.empty()) {
        decision.because += "; " + sentence(*speaker);
    } else if (decision.action.calendar != policy::rules::CalendarAction::ignore && !decision.deferred) {
        decision.deferred = true;  // also when no rule asks who sends: the event does
        decision.because = fmt::format("whether {}: {}", sentence(*speaker), speaker->unknown);
    }
    return decision;
}

Found<std::optional<StoredObject>> EventLookup::find(const policy::users::User& user, const std::string& uid) const {
    const auto connector = snapshot.connectors.find(snapshot.backend_of(user));
    if (connector == snapshot.connectors.end())
        return tl::unexpected("backend '" + snapshot.backend_of(user) + "' is not configured");
    if (!connector->second->immediate() && calendars == Calendars::here)
        return tl::unexpected<std::string>("a calendar on another host is not asked before the message is answered");
    const auto fetched = connector->second->fetch(user.owner(), uid, deadline);
    if (!fetched) return tl::unexpected(calendar::base::detail(fetched.error()));
    if (!*fetched) return std::nullopt;
    try {
        auto described = engine.describe((*fetched)->content, deadline);
        if (described) return std::optional<StoredObject>(std::move(*described));
        return tl::unexpected("the event in the calendar cannot be read: " + described.error().detail);
    } catch (const sandbox::CellsBusy& busy) {
        return tl::unexpected(std::string("the event in the calendar cannot be read at the moment: ") + busy.what());
    }
}

}  // namespace milter::judging
