#include <doctest/doctest.h>

#include "milter/imipctl/simulation/judged_mail.h"

using namespace milter::imipctl;
using calendar::itip::Address;
using calendar::itip::Reason;
using milter::authentication::SignatureResult;
using milter::judging::Judgement;

namespace {

milter::mail::CalendarPart refused_part(Reason reason, const std::optional<std::string>& method) {
    milter::mail::CalendarPart part;
    part.method_parameter = method;
    part.error = calendar::itip::Refusal{reason, {}};
    return part;
}

Judgement concerned() {
    Judgement judgement;
    judgement.concerns_us = true;
    judgement.authentication.from = Address::parse("carol@example.org");
    return judgement;
}

calendar::itip::ItipMessage event(const std::string& content = {}) {
    return {.component = "VEVENT", .uid = "e1", .content = content};
}

/// `message` outlives it.
milter::judging::UserDecision decision(policy::rules::CalendarAction action,
                                       const calendar::itip::ItipMessage& message) {
    const auto bob = *Address::parse("bob@example.com");
    policy::users::User user;
    user.name = "bob";
    user.addresses = {bob};
    milter::judging::UserDecision decided{.user = user, .recipient = bob, .part = "1", .message = &message};
    decided.decision.rule = "r";
    decided.decision.action.calendar = action;
    return decided;
}

milter::authentication::Signature signature(SignatureResult result, bool aligned, const std::string& reason = {}) {
    return {"example.org", "s1", "rsa-sha256", result, reason, aligned};
}

/// With nothing applied.
JudgedMail judged_mail(const Judgement& judgement) {
    return milter::imipctl::judged_mail(judgement, std::vector<std::optional<Effect>>(judgement.decisions.size()));
}

}  // namespace

TEST_CASE("a refused mail has its reason and the method of its MIME header") {
    auto judgement = concerned();
    judgement.inspection.parts = {refused_part(Reason::bad_calendar, std::nullopt),
                                  refused_part(Reason::bad_encoding, "reply")};
    auto judged = judged_mail(judgement);
    CHECK(judged.whole.outcome == EventOutcome::refused);
    CHECK(judged.whole.reason == "bad_calendar");
    CHECK(judged.method == "REPLY");
    judgement.inspection.parts = {refused_part(Reason::bad_calendar, "<script>")};
    CHECK(judged_mail(judgement).method.empty());
    judgement.inspection = {};
    judgement.inspection.error = {Reason::sandbox_killed, {}};
    CHECK(judged_mail(judgement).whole.reason == "sandbox_killed");
}

TEST_CASE("what concerns nobody has no calendar to be changed") {
    CHECK(judged_mail({}).whole.outcome == EventOutcome::no_calendar);
    CHECK_FALSE(judged_mail({}).proof);
    CHECK(judged_mail(concerned()).whole.outcome == EventOutcome::no_calendar);
}

TEST_CASE("a decision becomes an outcome") {
    const auto message = event();
    auto judgement = concerned();
    using policy::rules::CalendarAction;
    for (const auto& [action, want] : {std::pair{CalendarAction::apply, EventOutcome::applied},
                                       {CalendarAction::hold, EventOutcome::held},
                                       {CalendarAction::ignore, EventOutcome::ignored}}) {
        judgement.decisions = {decision(action, message)};
        CHECK(judged_mail(judgement).decided.front().fate.outcome == want);
    }
    judgement.decided_for_all = true;
    judgement.decisions.front().decision.action.mail = policy::rules::MailAction::quarantine;
    CHECK(judged_mail(judgement).decided.front().fate.mail == "quarantine");
    judgement.decisions.front().refused = {Reason::not_addressed, {}};
    CHECK(judged_mail(judgement).decided.front().fate.outcome == EventOutcome::refused);
    CHECK(judged_mail(judgement).decided.front().fate.reason == "not_addressed");
    judgement.decisions.front().refused.reset();
    judgement.decisions.front().decision.deferred = true;
    const auto judged = judged_mail(judgement);
    const auto& decided = judged.decided.front();
    CHECK(decided.fate.outcome == EventOutcome::deferred);
    CHECK(decided.fate.mail == "deliver");
    CHECK(decided.fate.rule == "r");
    CHECK(decided.user == "bob");
    CHECK(decided.uid == "e1");
}

TEST_CASE("what was applied becomes an outcome, with the reason where nothing changed") {
    const auto message = event();
    auto judgement = concerned();
    judgement.decisions = {decision(policy::rules::CalendarAction::apply, message)};
    const struct {
        Effect effect;
        EventOutcome outcome;
        std::string reason;
    } rows[] = {
        {{"created", "new_event", {}}, EventOutcome::applied, ""},
        {{"updated", "changed_event", {}}, EventOutcome::applied, ""},
        {{"removed", "removed_event", {}}, EventOutcome::applied, ""},
        {{"unchanged", "duplicate", {}}, EventOutcome::unchanged, "duplicate"},
        {{"refused", "unknown_event", {}}, EventOutcome::refused, "unknown_event"},
        {{"held", "party_crasher", {}}, EventOutcome::held, ""},
        {{"", "", "the server is down"}, EventOutcome::deferred, ""},
    };
    for (const auto& [effect, outcome, reason] : rows) {
        CAPTURE(effect.outcome);
        const auto judged = milter::imipctl::judged_mail(judgement, {effect});
        CHECK(judged.decided.front().fate.outcome == outcome);
        CHECK(judged.decided.front().fate.reason == reason);
    }
}

TEST_CASE("who could not be looked up is called by his address") {
    const auto message = event();
    auto judgement = concerned();
    judgement.decisions = {decision(policy::rules::CalendarAction::ignore, message)};
    judgement.decisions.front().user.name.clear();
    CHECK(judged_mail(judgement).decided.front().user == "bob@example.com");
}

TEST_CASE("the summary is the event's, plain and not endless") {
    const auto summary = [](const std::string& content) {
        const auto message = event(content);
        auto judgement = concerned();
        judgement.decisions = {decision(policy::rules::CalendarAction::apply, message)};
        return judged_mail(judgement).decided.front().summary;
    };
    CHECK(summary(
              "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY;LANGUAGE=de:Plan\\, groß\\nund\r\n  gut\r\nEND:VEVENT\r\n") ==
          "Plan, groß und gut");
    CHECK(summary("BEGIN:VEVENT\r\nBEGIN:VALARM\r\nSUMMARY:alarm\r\nEND:VALARM\r\nSUMMARY:event\r\n") == "event");
    CHECK(summary("BEGIN:VEVENT\r\nDTSTAMP;:;:\"\r\nEND:VEVENT\r\n").empty());
    CHECK(summary("BEGIN:VEVENT\r\nSUMMARY:" + std::string(199, 'x') + "üy\r\n") == std::string(199, 'x') + "ü");
    CHECK(summary("BEGIN:VEVENT\r\nSUMMARY:end\\\r\n") == "end\\");
}

TEST_CASE("why nobody is proven, by the signature that came closest") {
    const auto how = [](std::vector<milter::authentication::Signature> signatures, bool authenticated = false) {
        auto judgement = concerned();
        judgement.inspection.error = {Reason::bad_mime, {}};
        judgement.authentication.signatures = std::move(signatures);
        judgement.authentication.authenticated = authenticated;
        if (authenticated) judgement.authentication.by = "trusted dmarc";
        const auto proof = *judged_mail(judgement).proof;
        CHECK(proof.proven == authenticated);
        return proof.how;
    };
    CHECK(how({}, true) == "trusted dmarc");
    CHECK(how({}) == "no signature");
    CHECK(how({signature(SignatureResult::pass, false)}) == "no signature of the domain in From");
    CHECK(how({signature(SignatureResult::fail, false), signature(SignatureResult::permerror, true, "no key")}) ==
          "permerror: no key");
    CHECK(how({signature(SignatureResult::neutral, true)}) == "neutral");
    auto nobody = concerned();
    nobody.authentication.from.reset();
    nobody.inspection.error = {Reason::bad_mime, {}};
    CHECK(judged_mail(nobody).proof->how == "no usable From field");
}
