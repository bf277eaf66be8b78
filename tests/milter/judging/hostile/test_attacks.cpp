#include <doctest/doctest.h>

#include "tests/milter/judging/hostile/attacks.h"

using namespace attacks;

TEST_CASE("an event that Carol organizes is changed and cancelled by her and nobody else") {
    const auto to_newer = "-SEQUENCE:0\n-SUMMARY:Planning\n+SEQUENCE:1\n+SUMMARY:Lunch\n";
    const auto to_cancelled = "-SEQUENCE:0\n+SEQUENCE:1\n+STATUS:CANCELLED\n";
    const auto of_dave = organizer("dave@example.net");
    const auto of_mallory = organizer("mallory@evil.example");
    const auto of_carol_by_dave = organizer("carol@example.org", by("dave@example.net"));
    const auto of_carol_by_mallory = organizer("carol@example.org", by("mallory@evil.example"));

    SUBCASE("she herself does") {
        run(carol.calendar(false),
            {{"a newer version", newer(carol), from_people + "updated changed_event",
              from_anybody + "updated changed_event", "updated changed_event", to_newer},
             {"a cancellation", cancelling(carol), cancellation + "updated cancelled_event",
              cancellation + "updated cancelled_event", "updated cancelled_event", to_cancelled}});
    }
    SUBCASE("an attendee") {
        run(carol.calendar(false),
            {{"cancels", cancelling(dave), not_hers, not_hers, not_organizer},
             {"changes it", newer(dave), not_hers, not_hers, not_organizer},
             {"adds an instance", newer(dave).with_method("ADD"), not_hers, not_hers, not_organizer},
             {"delegates to Bob and passes another version on",
              newer(dave).with_attendee("ATTENDEE;DELEGATED-TO=\"mailto:bob@example.com\":mailto:dave@example.net"),
              not_hers, not_hers, not_organizer},
             {"says that he organizes it", newer(dave).with_organizer(of_dave), from_people + another_organizer,
              from_anybody + another_organizer, another_organizer},
             {"cancels, saying that he organizes it", cancelling(dave).with_organizer(of_dave), ignored, ignored,
              another_organizer},
             {"cancels for Carol", cancelling(dave).with_organizer(of_carol_by_dave), ignored, ignored, not_organizer},
             {"adds an instance for Carol", newer(dave).with_method("ADD").with_organizer(of_carol_by_dave), ignored,
              ignored, not_organizer}});
    }
    SUBCASE("somebody listed in the message only") {
        run(carol.calendar(false),
            {{"cancels", cancelling(mallory).with_attendee("mallory@evil.example"), not_hers, not_hers, not_organizer},
             {"changes it", newer(mallory).with_attendee("mallory@evil.example"), not_hers, not_hers, not_organizer},
             {"cancels as its chair",
              cancelling(mallory).with_attendee("ATTENDEE;ROLE=CHAIR:mailto:mallory@evil.example"), not_hers, not_hers,
              not_organizer},
             {"cancels as Bob's assistant",
              cancelling(mallory).with_only("ATTENDEE" + by("mallory@evil.example") + ":mailto:bob@example.com"),
              not_hers, not_hers, not_organizer},
             {"cancels for Carol", cancelling(mallory).with_organizer(of_carol_by_mallory), ignored, ignored,
              not_organizer}});
    }
    SUBCASE("another ORGANIZER under the same UID") {
        run(carol.calendar(false),
            {{"changes it", newer(mallory).with_organizer(of_mallory), ignored, from_anybody + another_organizer,
              another_organizer},
             {"cancels", cancelling(mallory).with_organizer(of_mallory), ignored, ignored, another_organizer},
             {"changes it, at Carol's provider", newer(erin).with_organizer(organizer("erin@example.org")), ignored,
              from_anybody + another_organizer, another_organizer},
             {"with Carol for his assistant",
              newer(dave).with_organizer(organizer("dave@example.net", by("carol@example.org"))),
              from_people + another_organizer, from_anybody + another_organizer, another_organizer},
             {"with Carol's address for a name",
              newer(dave).with_organizer(organizer("dave@example.net", ";CN=\"carol@example.org\"")),
              from_people + another_organizer, from_anybody + another_organizer, another_organizer},
             {"beside Carol's ORGANIZER", cancelling(mallory).with_line(of_mallory), ": bad_calendar",
              ": bad_calendar"},
             {"and the UID written otherwise", newer(mallory).with_organizer(of_mallory).with_uid("e1\\@example.org"),
              ": bad_calendar", ": bad_calendar"}});
    }
    SUBCASE("Carol is ORGANIZER, and the sender is not she") {
        run(carol.calendar(false),
            {{"a good signature of his own", newer(mallory), not_hers, not_hers, not_organizer},
             {"a good signature of his own, a cancellation", cancelling(mallory), not_hers, not_hers, not_organizer},
             {"somebody at Carol's provider", cancelling(erin), not_hers, not_hers, not_organizer},
             {"her From, his signature", newer(carol).signed_by("evil.example"), ignored, ignored},
             {"her From, his signature, a cancellation", cancelling(carol).signed_by("evil.example"), ignored, ignored},
             {"her From, no signature", cancelling(carol).signed_by(""), ignored, ignored},
             {"she is Sender",
              cancelling(mallory).with_field("Sender: carol@example.org").with_field("Reply-To: carol@example.org"),
              not_hers, not_hers, not_organizer}});
    }
}

TEST_CASE("SENT-BY of whatever domain, named by the message only, changes nothing that is in the calendar") {
    const std::pair<Mail, const char*> senders[] = {
        {dave, "dave@example.net"}, {mallory, "mallory@evil.example"}, {erin, "erin@example.org"}};
    for (const auto* preset : {"known", "everyone"}) {
        for (const auto& [mail, address] : senders) {
            INFO(mail.from, " with the rules ", std::string(preset));
            House house(way::shipped(preset));
            house.put(carol.calendar(false));
            const auto taken_over = newer(mail).with_organizer(organizer("carol@example.org", by(address)));
            house.deliver(taken_over.text());
            CHECK_EQ(house.event(), carol.calendar(false));
            house.deliver(cancelling(taken_over).with_sequence(2).text());
            CHECK_EQ(house.event(), carol.calendar(false));
        }
    }
}

TEST_CASE("a stranger does not invite in Carol's name by naming himself her SENT-BY") {
    for (const auto* preset : {"known", "everyone"}) {
        INFO(std::string(preset));
        House house(way::shipped(preset));
        house.deliver(mallory.with_organizer(organizer("carol@example.org", by("mallory@evil.example"))).text());
        CHECK_EQ(house.event(), "");
    }
}

TEST_CASE("what attendees say of Bob's event changes their own answer and nothing else") {
    const auto own = [](Mail mail) {
        mail.organizer = organizer("bob@example.com");
        mail.attendees = {"carol@example.org", "erin@example.org", "dave@example.net"};
        return mail;
    };
    const auto bobs_carol = own(carol);
    const auto bobs_mallory = own(mallory);
    const std::string not_attendee = "refused sender_not_attendee";
    const std::string not_theirs = "otherwise: " + not_attendee;
    const std::string recorded = "updated reply_recorded";
    const auto carols =
        "-ATTENDEE:mailto:carol@example.org\n+ATTENDEE;PARTSTAT=ACCEPTED;SCHEDULE-STATUS=2.0:mailto:carol@example."
        "org\n";
    run(own(carol).calendar(false),
        {{"Carol answers", accepting(bobs_carol, "carol@example.org"), answer + recorded, answer + recorded, recorded,
          carols},
         {"Carol answers, and much else is different",
          newer(accepting(bobs_carol, "carol@example.org",
                          ";ROLE=CHAIR;CUTYPE=ROOM;X-A=b;MEMBER=\"mailto:m@evil.example\""))
              .with_line("LOCATION:elsewhere")
              .with_line("RRULE:FREQ=DAILY")
              .with_line("STATUS:CANCELLED")
              .with_line("ATTACH:file:///etc/passwd")
              .with_line("X-ALT-DESC;FMTTYPE=text/html:<b>"),
          answer + recorded, answer + recorded, recorded, carols},
         {"Carol answers for Dave", accepting(bobs_carol, "dave@example.net"), not_theirs, not_theirs, not_attendee},
         {"Carol answers for Dave as his assistant", accepting(bobs_carol, "dave@example.net", by("carol@example.org")),
          ignored, ignored, not_attendee},
         {"Carol answers, and lists Dave too",
          accepting(bobs_carol, "carol@example.org").with_attendee("dave@example.net"), answer + recorded,
          answer + recorded, recorded, carols},
         {"Carol answers to another organizer",
          accepting(bobs_carol, "carol@example.org").with_organizer(organizer("frank@example.org")),
          answer + another_organizer, answer + another_organizer, another_organizer},
         {"Mallory answers for Carol", accepting(bobs_mallory, "carol@example.org"), not_theirs, not_theirs,
          not_attendee},
         {"Mallory answers for Carol as her assistant",
          accepting(bobs_mallory, "carol@example.org", by("mallory@evil.example")), ignored, ignored, not_attendee},
         {"Mallory answers for somebody at his domain as his assistant",
          accepting(bobs_mallory, "x@evil.example", by("mallory@evil.example")), ignored, ignored, not_attendee},
         {"Mallory answers in Carol's From", accepting(bobs_carol, "carol@example.org").signed_by("evil.example"),
          ignored, ignored},
         {"Mallory was not invited", accepting(bobs_mallory, "mallory@evil.example"), ignored, ignored,
          "refused party_crasher"},
         {"Mallory says that Carol delegated to him",
          accepting(bobs_mallory, "mallory@evil.example", ";DELEGATED-FROM=\"mailto:carol@example.org\""), ignored,
          ignored, "refused unverified_delegation"},
         {"Carol proposes another time", newer(bobs_carol).with_method("COUNTER").with_only("carol@example.org"),
          ignored, ignored, "refused unsupported_method"},
         {"Carol changes Bob's event", newer(bobs_carol).with_attendee("bob@example.com"), ignored, ignored,
          "refused own_message"},
         {"Carol cancels Bob's event", cancelling(bobs_carol).with_attendee("bob@example.com"), ignored, ignored,
          "refused own_message"},
         {"Carol makes Bob's event hers",
          newer(bobs_carol).with_organizer(organizer("carol@example.org")).with_attendee("bob@example.com"),
          from_people + another_organizer, from_anybody + another_organizer, another_organizer}});
}

TEST_CASE("a mail that was genuine once does no harm when it comes again") {
    House house(way::shipped("known"));
    auto moved = newer(carol);
    moved.stamp = "20261122T090000Z";
    const auto invitation = carol.text();
    const auto cancelled = cancelling(carol).with_sequence(2).text();
    const auto revived = newer(carol).with_sequence(3).text();
    CHECK_EQ(house.deliver(invitation).outcome, "created new_event");
    CHECK_EQ(house.deliver(invitation).outcome, "unchanged duplicate");
    CHECK_EQ(house.deliver(moved.text()).outcome, "updated changed_event");
    const auto event = house.event();
    CHECK_EQ(house.deliver(invitation).outcome, "unchanged stale_sequence");
    CHECK_EQ(house.deliver(newer(carol).text()).outcome, "unchanged stale_dtstamp");
    CHECK_EQ(house.event(), event);

    CHECK_EQ(house.deliver(cancelled).outcome, "updated cancelled_event");
    CHECK_EQ(house.deliver(moved.text()).outcome, "unchanged stale_sequence");
    CHECK_EQ(house.deliver(revived).outcome, "updated changed_event");
    CHECK_EQ(house.deliver(cancelled).outcome, "unchanged stale_sequence");

    SUBCASE("nor to somebody who was not invited") {
        const auto to_bob = carol.with_uid("e2@example.org").with_only("bob@example.com").text();
        House alices(way::shipped("known"));
        CHECK_EQ(alices.deliver(to_bob, "alice@example.com").outcome, "refused not_addressed");
        CHECK_EQ(alices.event("e2@example.org", "alice"), "");
    }
    SUBCASE("nor an answer that was taken back") {
        auto own = carol;
        own.organizer = organizer("bob@example.com");
        own.attendees = {"carol@example.org"};
        house.put(own.calendar(false));
        const auto yes = accepting(own, "carol@example.org");
        auto no = yes.with_only("ATTENDEE;PARTSTAT=DECLINED:mailto:carol@example.org");
        no.stamp = "20261122T090000Z";
        CHECK_EQ(house.deliver(yes.text()).outcome, "updated reply_recorded");
        CHECK_EQ(house.deliver(no.text()).outcome, "updated reply_recorded");
        CHECK_EQ(house.deliver(yes.text()).outcome, "unchanged stale_reply");
        CHECK_NE(house.event().find("PARTSTAT=DECLINED"), std::string::npos);
    }
}

TEST_CASE("whoever sends for the organizer cannot lock the event against the organizer") {
    for (const int sequence : {1000, 1001, 2147483647}) {
        CAPTURE(sequence);
        House house(way::shipped("known"));
        const auto named = organizer("carol@example.org", by("mallory@evil.example"));
        house.put(carol.with_organizer(named).calendar(false));
        const auto leap = newer(mallory.with_organizer(named)).with_sequence(sequence);
        CHECK_EQ(house.deliver(leap.text()).outcome, sequence == 1000 ? "updated changed_event" : "refused hazard");
        CHECK_EQ(house.deliver(newer(carol).text()).outcome, "updated changed_event");
    }
}

TEST_CASE("a mail without one sender speaks for nobody, also when no rule asks who sent it") {
    for (const auto* from : {"mallory@evil.example\nFrom: x@evil.example", "mallory@evil.example, x@evil.example",
                             "all: mallory@evil.example;", "mallory"}) {
        INFO(std::string(from));
        House house("policy: []\notherwise: apply\n");
        house.put(carol.calendar(false));
        auto mail = cancelling(mallory.signed_by(""));
        mail.from = from;
        CHECK_EQ(house.deliver(mail.text()).outcome, "");
        CHECK_EQ(house.event(), carol.calendar(false));
    }
}

TEST_CASE("the sender does not decide what Bob's calendar server sends (RFC 6638 7.1 to 7.3)") {
    const std::string parameters = ";SCHEDULE-AGENT=CLIENT;SCHEDULE-FORCE-SEND=REPLY;SCHEDULE-STATUS=2.0";
    House house(way::shipped("known"));
    house.deliver(carol.with_organizer(organizer("carol@example.org", parameters)).text());
    CHECK_EQ(house.event(), carol.calendar(false));
    house.deliver(newer(carol).with_organizer(organizer("carol@example.org", parameters)).text());
    CHECK_EQ(house.event(), newer(carol).calendar(false));
}
