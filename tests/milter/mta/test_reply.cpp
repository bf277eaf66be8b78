#include <doctest/doctest.h>

#include "milter/mta/reply.h"

using calendar::itip::Reason;
using milter::judging::Judgement;
using milter::judging::UserDecision;
using milter::mta::Reply;
using policy::rules::CalendarAction;
using policy::rules::MailAction;

namespace {

milter::daemon::Snapshot snapshot() {
    policy::config::Config config;
    config.authentication.dkim.verify = false;
    config.authserv_id = "mx.example.com";
    return milter::daemon::Snapshot(std::move(config));
}

UserDecision decided(CalendarAction calendar, MailAction mail = MailAction::deliver,
                     const std::string& rule = "people I know") {
    const auto bob = *calendar::itip::Address::parse("bob@example.com");
    static const calendar::itip::ItipMessage message{
        .method = calendar::itip::Method::request, .component = "VEVENT", .uid = "e1@example.org"};
    UserDecision decision{{"bob", {bob}, "", "", ""}, bob, "1.2", &message, false, {}, {}, {}};
    decision.decision.action.calendar = calendar;
    decision.decision.action.mail = mail;
    decision.decision.rule = rule;
    return decision;
}

Judgement judgement(std::vector<UserDecision> decisions) {
    Judgement judged;
    judged.concerns_us = true;
    judged.decisions = std::move(decisions);
    return judged;
}

}  // namespace

TEST_CASE("the header field says what was decided") {
    CHECK(milter::mta::reply_to(judgement({decided(CalendarAction::apply)}), snapshot()).field ==
          "mx.example.com; outcome=queued; method=REQUEST; uid=\"e1@example.org\"; rule=\"people I know\"");
    CHECK(milter::mta::reply_to(judgement({decided(CalendarAction::ignore, MailAction::deliver, "otherwise")}),
                                snapshot())
              .field == "mx.example.com; outcome=ignored; method=REQUEST; uid=\"e1@example.org\"; rule=\"otherwise\"");
    CHECK(milter::mta::reply_to(judgement({decided(CalendarAction::hold)}), snapshot()).field.find("outcome=held") !=
          std::string::npos);
}

TEST_CASE("a deferred decision is queued") {
    auto later = decided(CalendarAction::ignore);
    later.decision.deferred = true;
    CHECK(milter::mta::reply_to(judgement({later}), snapshot()).field.find("outcome=queued") != std::string::npos);
}

TEST_CASE("different decisions are mixed, and no rule is named") {
    const auto field =
        milter::mta::reply_to(judgement({decided(CalendarAction::apply),
                                         decided(CalendarAction::ignore, MailAction::deliver, "otherwise")}),
                              snapshot())
            .field;
    CHECK(field == "mx.example.com; outcome=mixed; method=REQUEST; uid=\"e1@example.org\"");
}

TEST_CASE("what was refused carries its reason word") {
    Judgement judged = judgement({});
    judged.inspection.error = {Reason::parts_disagree, "1.2 and 1.3"};
    CHECK(milter::mta::reply_to(judged, snapshot()).field == "mx.example.com; outcome=refused; reason=parts_disagree");
}

TEST_CASE("no text of a mail gets a line end or a quote into the header") {
    auto hostile = decided(CalendarAction::apply);
    auto message = *hostile.message;
    message.uid = "a\r\nX-Injected: yes\"; outcome=added\n\xff";
    hostile.message = &message;
    const auto field = milter::mta::reply_to(judgement({hostile}), snapshot()).field;
    CHECK(field.find_first_of("\r\n") == std::string::npos);
    CHECK(field.find("yes\\\"; outcome") != std::string::npos);
    for (const char c : field)
        CHECK((c >= ' ' && c <= '~'));
}

TEST_CASE("a mail that is none of our business gets no field") {
    CHECK(milter::mta::reply_to(Judgement{}, snapshot()).field.empty());
    CHECK(milter::mta::reply_to(Judgement{}, snapshot()).verdict == Reply::Verdict::deliver);
}

TEST_CASE("the mildest decision about the mail holds, so that nobody loses a mail by another's rules") {
    const std::pair<std::vector<MailAction>, Reply::Verdict> rows[] = {
        {{MailAction::reject}, Reply::Verdict::reject},
        {{MailAction::reject, MailAction::deliver}, Reply::Verdict::deliver},
        {{MailAction::discard, MailAction::reject}, Reply::Verdict::reject},
        {{MailAction::discard, MailAction::quarantine}, Reply::Verdict::quarantine},
        {{MailAction::discard}, Reply::Verdict::discard},
    };
    for (const auto& [actions, want] : rows) {
        std::vector<UserDecision> decisions;
        for (const auto action : actions)
            decisions.push_back(decided(CalendarAction::ignore, action));
        CHECK((milter::mta::reply_to(judgement(decisions), snapshot()).verdict == want));
    }
}

TEST_CASE("a rejection speaks with the rule's reply, or a default one") {
    auto rejected = decided(CalendarAction::ignore, MailAction::reject);
    CHECK(milter::mta::reply_to(judgement({rejected}), snapshot()).smtp.status == "5.7.1");
    const policy::rules::SmtpReply reply{"550", "5.7.9", "Not by mail please"};
    rejected.decision.action.reply = reply;
    CHECK(milter::mta::reply_to(judgement({rejected}), snapshot()).smtp == reply);
}

TEST_CASE("a fault of ours never refuses a mail") {
    policy::config::Config config;
    config.authserv_id = "mx.example.com";
    CHECK((milter::mta::reply_to_fault(config).verdict == Reply::Verdict::deliver));
    CHECK(milter::mta::reply_to_fault(config).field == "mx.example.com; outcome=error");
    config.tempfail_on_error = true;
    CHECK((milter::mta::reply_to_fault(config).verdict == Reply::Verdict::tempfail));
}
