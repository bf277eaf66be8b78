#include <algorithm>
#include <string>

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
    UserDecision decision{.user = {"bob", {bob}, "", "", ""}, .recipient = bob, .part = "1.2", .message = &message};
    decision.decision.action.calendar = calendar;
    decision.decision.action.mail = mail;
    decision.decision.rule = rule;
    return decision;
}

Judgement judgement(std::vector<UserDecision> decisions) {
    Judgement judged;
    judged.concerns_us = true;
    judged.recipients = 1;
    judged.decided_for_all = true;
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

TEST_CASE("outcomes, and what a message for several may show of each") {
    const auto make = [](CalendarAction action, bool deferred, std::optional<Reason> refused,
                         const std::string& rule = "people I know") {
        auto made = decided(action, MailAction::deliver, rule);
        made.decision.deferred = deferred;
        if (refused) made.refused = {*refused, "because"};
        return made;
    };
    const auto apply = make(CalendarAction::apply, false, {});
    const auto ignore = make(CalendarAction::ignore, false, {}, "otherwise");
    const auto later = make(CalendarAction::ignore, true, {});
    const auto refused = make(CalendarAction::apply, false, Reason::not_addressed);
    const auto forged = make(CalendarAction::apply, false, Reason::sender_not_organizer);
    struct Row {
        const char* sentence;
        std::vector<UserDecision> decisions;
        std::size_t recipients;
        std::string outcome;
        std::string rest;  ///< behind method and UID
    };
    const Row rows[] = {
        {"one who waits for a fact", {later}, 1, "pending", "; rule=\"people I know\""},
        {"what the engine must refuse", {refused}, 1, "refused", "; rule=\"people I know\"; reason=not_addressed"},
        {"two who agree", {apply, apply}, 2, "queued", ""},
        {"two who do not", {apply, ignore}, 2, "mixed", ""},
        {"two refused for one reason", {refused, refused}, 2, "refused", "; reason=not_addressed"},
        {"two refused for different ones", {refused, forged}, 2, "refused", ""},
        {"one refused", {refused, apply}, 2, "mixed", ""},
        {"one waits, one does not", {later, apply}, 2, "mixed", ""},
        {"several envelope recipients, one of them served", {apply}, 2, "queued", ""},
        {"one recipient with two events of one rule", {apply, apply}, 1, "queued", "; rule=\"people I know\""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.sentence);
        auto judged = judgement(row.decisions);
        judged.recipients = row.recipients;
        CHECK(milter::mta::reply_to(judged, snapshot()).field ==
              "mx.example.com; outcome=" + row.outcome + "; method=REQUEST; uid=\"e1@example.org\"" + row.rest);
    }
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

TEST_CASE("what a person and a filter read of a UID is the UID, or marks that it is not shown") {
    struct Row {
        const char* sentence;
        std::string uid, want;
    };
    const std::string x100(100, 'x');
    const Row rows[] = {
        {"letters beyond ASCII", "f\xc3\xaate@example.org", "f??te@example.org"},
        {"an encoded word would be decoded by both",
         "=?utf-8?q?=22=3B_outcome=3Dadded?=", "=\\?utf-8?q?=22=3B_outcome=3Dadded?="},
        {"one whose marks are letters that cannot be shown", "=\xc3utf-8\xc3q\xc3=22\xc3=", "=\\?utf-8?q?=22?="},
        {"as long as a UID is at most (RFC 7986 5.3)", x100 + x100 + std::string(55, 'x'),
         x100 + x100 + std::string(55, 'x')},
        {"longer", x100 + x100 + x100, x100 + x100 + std::string(52, 'x') + "..."},
    };
    for (const auto& row : rows) {
        CAPTURE(row.sentence);
        auto strange = decided(CalendarAction::apply);
        auto message = *strange.message;
        message.uid = row.uid;
        strange.message = &message;
        const auto field = milter::mta::reply_to(judgement({strange}), snapshot()).field;
        CHECK(field ==
              "mx.example.com; outcome=queued; method=REQUEST; uid=\"" + row.want + "\"; rule=\"people I know\"");
        const std::string lines = milter::mta::folded(field) + "\n";
        for (std::size_t at = 0, end = 0; (end = lines.find('\n', at)) != std::string::npos; at = end + 1)
            CHECK_MESSAGE(end - at <= std::max<std::size_t>(78, row.want.size() + 8), lines);
    }
}

TEST_CASE("the field is folded, and without its line ends as it was") {
    struct Row {
        const char* sentence;
        std::string field, want;
    };
    const std::string x57(57, 'x'), x70(70, 'x');  // 21 characters are the name
    const Row rows[] = {
        {"short", "mx; outcome=queued", "mx; outcome=queued"},
        {"as long as a line may be", x57.substr(3) + " yz", x57.substr(3) + " yz"},
        {"one more", x57.substr(2) + " yz", x57.substr(2) + "\n yz"},
        {"several lines", "a " + x70 + " b " + x70 + " c", "a\n " + x70 + " b\n " + x70 + " c"},
        {"a word that is too long", x70 + x70, x70 + x70},
        {"no line of spaces alone", x70 + std::string(90, ' ') + x70, x70 + std::string(90, ' ') + x70},
        {"no space at the end of a line", x70 + "  y " + x70 + " ", x70 + "  y\n " + x70 + " "},
        {"nothing", "", ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.sentence);
        auto got = milter::mta::folded(row.field);
        CHECK(got == row.want);
        std::erase(got, '\n');
        CHECK(got == row.field);
    }
}

TEST_CASE("a mail that is none of our business gets no field") {
    CHECK(milter::mta::reply_to(Judgement{}, snapshot()).field.empty());
    CHECK(milter::mta::reply_to(Judgement{}, snapshot()).verdict == Reply::Verdict::deliver);
}

TEST_CASE("a mail is not delivered only when that is the decision for every recipient of the envelope") {
    struct Row {
        const char* sentence;
        std::vector<MailAction> actions;
        bool for_all;
        Reply::Verdict want;
        bool overruled;
    };
    const Row rows[] = {
        {"one", {MailAction::reject}, true, Reply::Verdict::reject, false},
        {"one, and another who is not served", {MailAction::reject}, false, Reply::Verdict::deliver, true},
        {"two agree", {MailAction::discard, MailAction::discard}, true, Reply::Verdict::discard, false},
        {"one wants it", {MailAction::reject, MailAction::deliver}, true, Reply::Verdict::deliver, true},
        {"the same with the other one first",
         {MailAction::deliver, MailAction::reject},
         true,
         Reply::Verdict::deliver,
         true},
        {"none wants it, but not alike",
         {MailAction::discard, MailAction::reject},
         true,
         Reply::Verdict::deliver,
         true},
        {"quarantine", {MailAction::quarantine}, true, Reply::Verdict::quarantine, false},
        {"all want it", {MailAction::deliver, MailAction::deliver}, false, Reply::Verdict::deliver, false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.sentence);
        std::vector<UserDecision> decisions;
        for (const auto action : row.actions)
            decisions.push_back(decided(CalendarAction::ignore, action));
        auto judged = judgement(std::move(decisions));
        judged.decided_for_all = row.for_all;
        CHECK((milter::mta::reply_to(judged, snapshot()).verdict == row.want));
        CHECK(judged.mail_is_overruled() == row.overruled);
    }
    auto later = decided(CalendarAction::ignore, MailAction::reject);
    later.decision.deferred = true;
    CHECK_MESSAGE((milter::mta::reply_to(judgement({later}), snapshot()).verdict == Reply::Verdict::deliver),
                  "what is not decided yet rejects nothing");
}

TEST_CASE("a rejection speaks with the rule's reply, or a default one") {
    auto rejected = decided(CalendarAction::ignore, MailAction::reject);
    CHECK(milter::mta::reply_to(judgement({rejected}), snapshot()).smtp.status == "5.7.1");
    const policy::rules::SmtpReply reply{"550", "5.7.9", "Not by mail please"};
    rejected.decision.action.reply = reply;
    CHECK(milter::mta::reply_to(judgement({rejected}), snapshot()).smtp == reply);
}

TEST_CASE("a mail that is read later says that it waits") {
    policy::config::Config config;
    config.authserv_id = "mx.example.com";
    config.tempfail_on_error = true;
    const auto reply = milter::mta::reply_to_unread(config);
    CHECK((reply.verdict == Reply::Verdict::deliver));
    CHECK(reply.field == "mx.example.com; outcome=pending");
}

TEST_CASE("a fault of ours never refuses a mail") {
    policy::config::Config config;
    config.authserv_id = "mx.example.com";
    CHECK((milter::mta::reply_to_fault(config).verdict == Reply::Verdict::deliver));
    CHECK(milter::mta::reply_to_fault(config).field == "mx.example.com; outcome=error");
    config.tempfail_on_error = true;
    CHECK((milter::mta::reply_to_fault(config).verdict == Reply::Verdict::tempfail));
}
