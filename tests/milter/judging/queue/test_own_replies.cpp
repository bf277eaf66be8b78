#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "milter/judging/queue/own_replies.h"
#include "tests/milter/judging/world.h"
#include "tests/support/address.h"

using milter::judging::own_replies;
using milter::judging::OwnReply;
using milter::judging::settle_held;
using tests::event_mail;
using tests::World;

namespace {

using Kind = OwnReply::Kind;
using calendar::itip::Method;
using Time = calendar::delivery::Time;

struct Row {
    const char* sentence;
    std::string login, from;
    std::string attendee;  // content line
    std::string want;
    std::string organizer = "ORGANIZER:mailto:carol@example.org";
    std::string method = "REPLY";
};

std::string word(Kind kind) {
    return kind == Kind::accepts ? "accepts" : kind == Kind::declines ? "declines" : "other";
}

calendar::delivery::Job job(const std::string& id, const std::string& user, const std::string& uid, Method method) {
    calendar::delivery::Job made;
    made.id = id;
    made.user = user;
    made.address = user + "@example.com";
    made.backend = "default";
    made.uid = uid;
    made.method = method;
    made.held = true;
    made.input.message = "x";
    return made;
}

/// An invitation of Bob, held; an organizer of "": an earlier version did not keep it.
calendar::delivery::Job invitation(const std::string& id, const std::string& organizer, const std::string& sender) {
    auto made = job(id, "bob", "e1", Method::request);
    if (!organizer.empty()) made.organizer = tests::address(organizer);
    made.input.sender = tests::address(sender);
    return made;
}

std::string attendee(const std::string& address, const std::string& partstat) {
    return "ATTENDEE;PARTSTAT=" + partstat + ":mailto:" + address;
}

}  // namespace

TEST_CASE("a reply of our own user is one that its owner handed in") {
    const World world("policy: []\notherwise: ignore\n",
                      "users: [{static: [{user: bob, addresses: [bob@example.com, robert@example.com]}, {user: alice, "
                      "addresses: [alice@example.com]}]}]\n");
    const std::string bob = "bob@example.com";
    const Row rows[] = {
        {"the user accepts", "bob", bob, attendee(bob, "ACCEPTED"), "bob accepts"},
        {"tentatively", "bob", bob, attendee(bob, "TENTATIVE"), "bob accepts"},
        {"by another of their addresses", "bob", bob, attendee("robert@example.com", "ACCEPTED"), "bob accepts"},
        {"the user declines", "bob", bob, attendee(bob, "DECLINED"), "bob declines"},
        {"one instance", "bob", bob, attendee(bob, "DECLINED") + "\nRECURRENCE-ID:20270118T100000Z", "bob other"},
        {"the user delegates", "bob", bob, attendee(bob, "DELEGATED"), "bob other"},
        {"no answer yet", "bob", bob, attendee(bob, "NEEDS-ACTION"), ""},
        {"for somebody else", "bob", bob, attendee("dave@example.net", "ACCEPTED"), ""},
        {"without a login", "", bob, attendee(bob, "ACCEPTED"), ""},
        {"with the login of another", "alice", bob, attendee(bob, "ACCEPTED"), ""},
        {"in the name of another", "alice", "alice@example.com", attendee(bob, "ACCEPTED"), ""},
        {"about their own event", "bob", bob, attendee(bob, "ACCEPTED"), "", "ORGANIZER:mailto:bob@example.com"},
        {"an invitation", "bob", bob, attendee(bob, "ACCEPTED"), "", "ORGANIZER:mailto:carol@example.org", "REQUEST"},
    };
    for (const auto& row : rows)
        for (const std::string recipient : {"carol@example.org", "alice@example.com"}) {
            CAPTURE(row.sentence);
            CAPTURE(recipient);
            milter::mail::Envelope envelope;
            envelope.queue_id = "Q1";
            envelope.auth_login = row.login;
            envelope.recipients = {recipient};
            const auto judged =
                world.judge_with(event_mail(row.method, row.from, row.organizer, {row.attendee}), envelope);
            std::string got;
            for (const auto& reply : own_replies(judged, world.snapshot(), envelope, Time()))
                got = reply.job.user + " " + word(reply.kind);
            CHECK(got == row.want);
            CHECK_MESSAGE(judged.concerns_us == (recipient == "alice@example.com"),
                          "the reply shows in no header field");
        }
}

TEST_CASE("a reply releases or dismisses the invitations that are held for its user and event") {
    struct Row {
        const char* sentence;
        Kind kind;
        std::vector<std::string> held;
        std::size_t waiting;
        std::string row;  // of the audit
    };
    const Row rows[] = {
        {"released", Kind::accepts, {"cancel", "of alice", "other"}, 2, "released bob accepted by mail Q2"},
        {"dismissed", Kind::declines, {"cancel", "of alice", "other"}, 0, "dismissed bob declined by mail Q2"},
        {"left alone", Kind::other, {"request", "add", "cancel", "of alice", "other"}, 0, ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.sentence);
        tests::TemporaryFolder folder;
        calendar::delivery::State own("sqlite:" + (folder.path() / "state.db").native());
        calendar::delivery::Queue queue(own);
        queue.commit({job("request", "bob", "e1", Method::request), job("add", "bob", "e1", Method::add),
                      job("cancel", "bob", "e1", Method::cancel), job("of alice", "alice", "e1", Method::request),
                      job("other", "bob", "e2", Method::request)},
                     {});
        OwnReply reply{.job = job("reply", "bob", "e1", Method::reply), .audit = {}, .kind = row.kind};
        reply.job.queue_id = "Q2";
        settle_held(queue, {reply}, Time());
        std::vector<std::string> held;
        for (const auto& each : queue.held())
            held.push_back(each.id);
        CHECK(held == row.held);
        CHECK(queue.counts().waiting == row.waiting);
        const auto audit = queue.audit(1);
        CHECK((audit.empty() ? "" : audit[0].event + " " + audit[0].detail) == row.row);
    }
}

TEST_CASE("a reply releases and dismisses nothing of another organizer, who uses the UID") {
    const std::string carol = "carol@example.org", mallory = "mallory@evil.example";
    const auto of_carol = invitation("of carol", carol, carol);
    const auto of_mallory = invitation("of mallory", mallory, mallory);
    const auto by_mallory = invitation("for carol, by mallory", carol, mallory);
    struct Row {
        const char* sentence;
        std::vector<calendar::delivery::Job> held;
        std::string organizer;  // of the reply; empty: it names none
        std::vector<std::string> settled;
    };
    std::vector<Row> rows{
        {"the other's came first", {of_mallory, of_carol}, carol, {"of carol"}},
        {"the other's came second", {of_carol, of_mallory}, mallory, {"of mallory"}},
        {"the organizer's own before that of a SENT-BY",
         {by_mallory, of_carol},
         carol,
         {"of carol", "for carol, by mallory"}},
        {"that of a SENT-BY alone", {by_mallory}, carol, {"for carol, by mallory"}},
        {"no organizer, and they have several", {of_mallory, of_carol}, "", {}},
        {"no organizer, and they have one", {by_mallory, of_carol}, "", {"for carol, by mallory", "of carol"}},
        {"an earlier version kept the sender alone",
         {invitation("old, of mallory", "", mallory), invitation("old, of carol", "", carol)},
         carol,
         {"old, of carol"}},
    };
    auto& many = rows.emplace_back(Row{"the other sent many", {}, carol, {"of carol"}}).held;
    for (int i = 0; i < 100; ++i)
        many.push_back(invitation("of mallory " + std::to_string(i), mallory, mallory));
    many.push_back(of_carol);
    for (const auto& row : rows)
        for (const auto kind : {Kind::accepts, Kind::declines}) {
            CAPTURE(row.sentence);
            CAPTURE(word(kind));
            tests::TemporaryFolder folder;
            calendar::delivery::State own("sqlite:" + (folder.path() / "state.db").native());
            calendar::delivery::Queue queue(own);
            queue.commit(row.held, {});
            OwnReply reply{.job = job("reply", "bob", "e1", Method::reply), .audit = {}, .kind = kind};
            if (!row.organizer.empty()) reply.job.organizer = tests::address(row.organizer);
            settle_held(queue, {reply}, Time());
            std::vector<std::string> settled;
            for (const auto& one : queue.audit(row.held.size()))
                settled.push_back(one.job);
            CHECK(settled == row.settled);
            if (kind == Kind::accepts) {
                std::vector<std::string> due;
                for (const auto& one : queue.take(Time()))
                    due.push_back(one.job.id);
                CHECK_MESSAGE(due == row.settled, "also the calendar gets them in this order");
            }
        }
}
