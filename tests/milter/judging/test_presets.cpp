#include <filesystem>
#include <set>

#include <doctest/doctest.h>

#include "tests/milter/judging/preset_messages.h"

using namespace preset_messages;
using way::House;

namespace {

/// Every rule that is shipped, with a message that it decides and, for each of its conditions, one that it narrowly
/// does not.
struct Row {
    std::string preset, rule;
    std::string what;
    Mail mail;
    /// "rule: what happens to the calendar"; another rule than `rule` when it narrowly does not decide.
    std::string want;
};

const std::string otherwise = "otherwise: ignore";

/// The rules that `known` and `everyone` share.
void add_common(std::vector<Row>& rows, const std::string& preset) {
    const std::string answers = "replies to my invitations";
    const auto add_answer = [&](const std::string& what, const Mail& mail, const std::string& want = otherwise) {
        rows.push_back({preset, answers, what, mail, want});
    };
    add_answer("an attendee answers", reply, answers + ": apply");
    add_answer("another method", reply.with_method("COUNTER"));
    add_answer("nobody signed it", reply.signed_by(""));
    add_answer("the event is not in the calendar", reply.with_uid(unknown));
    add_answer("the event there has no organizer", reply.with_uid(by_hand.uid));
    add_answer("the sender is no attendee there", from_erin(reply));

    const std::string cancellations = "cancellations of events I know";
    const auto add_cancellation = [&](const std::string& what, const Mail& mail, const std::string& want = otherwise) {
        rows.push_back({preset, cancellations, what, mail, want});
    };
    add_cancellation("the organizer cancels", cancellation, cancellations + ": apply");
    add_cancellation("another method", cancellation.with_method("PUBLISH"));
    add_cancellation("nobody signed it", cancellation.signed_by(""));
    add_cancellation("the event is not in the calendar", cancellation.with_uid(unknown));
    add_cancellation("the sender does not organize it", from_erin(cancellation));
}

std::vector<Row> known() {
    const std::string preset = "known";
    const std::string people = "people I know";
    const std::string people_apply = people + ": apply";
    const std::string changes = "changes to events I know";
    const std::string changes_apply = changes + ": apply";
    const std::string colleagues = "colleagues";
    const std::string assistants = "assistants of people I know";
    const std::string assistants_apply = assistants + ": apply";
    const Mail unknown_assistants =
        from_erin(invitation.with_organizer("ORGANIZER;SENT-BY=\"mailto:erin@example.org\":mailto:carol@example.org"));
    std::vector<Row> rows{
        {preset, "spam", "marked as spam", invitation.with_field("X-Spam-Flag: YES"), "spam: ignore"},
        {preset, "spam", "marked as no spam", invitation.with_field("X-Spam-Flag: NO"), people_apply},

        {preset, people, "somebody known invites", invitation, people_apply},
        {preset, people, "somebody known changes an event", carols.with_sequence(1), people_apply},
        {preset, people, "another method", invitation.with_method("PUBLISH"), otherwise},
        {preset, people, "nobody signed it", invitation.signed_by(""), otherwise},
        {preset, people, "another organizer", organized_by(invitation, "erin@example.org"), otherwise},
        {preset, people, "a hazard", invitation.with_line(hazard), otherwise},
        {preset, people, "not in the address book", organized_by(from_erin(invitation), "erin@example.org"), otherwise},

        {preset, colleagues, "a colleague invites", colleagues_invitation(), colleagues + ": apply"},
        {preset, colleagues, "another method", colleagues_invitation().with_method("PUBLISH"), otherwise},
        {preset, colleagues, "nobody signed it", colleagues_invitation().signed_by(""), otherwise},
        {preset, colleagues, "another domain signed it", colleagues_invitation().signed_by("example.org"), otherwise},
        {preset, colleagues, "another organizer", organized_by(colleagues_invitation(), "carol@example.org"),
         otherwise},
        {preset, colleagues, "a hazard", colleagues_invitation().with_line(hazard), otherwise},
        {preset, colleagues, "somebody of another domain", organized_by(from_erin(invitation), "erin@example.org"),
         otherwise},

        {preset, assistants, "an assistant who is known invites for an organizer who is", assistants_invitation(),
         assistants_apply},
        {preset, assistants, "an assistant of our own does", our_assistants_invitation(), assistants_apply},
        {preset, assistants, "an assistant who is known invites for one of our own",
         assistants_invitation_for("dave@example.com"), assistants_apply},
        {preset, assistants, "an organizer who is not known", assistants_invitation_for("erin@example.org"), otherwise},
        {preset, assistants, "an assistant who is not known", unknown_assistants, otherwise},
        {preset, assistants, "another method", assistants_invitation().with_method("PUBLISH"), otherwise},
        {preset, assistants, "nobody signed it", assistants_invitation().signed_by(""), otherwise},
        {preset, assistants, "a hazard", assistants_invitation().with_line(hazard), otherwise},
        {preset, assistants, "somebody known who is not named as assistant",
         assistants_invitation().with_organizer("ORGANIZER:mailto:carol@example.org"), otherwise},

        {preset, changes, "an organizer whom Bob does not know changes her event", change, changes_apply},
        {preset, changes, "she adds an instance", addition, changes_apply},
        {preset, changes, "another method", change.with_method("PUBLISH"), otherwise},
        {preset, changes, "nobody signed it", change.signed_by(""), otherwise},
        {preset, changes, "a hazard", change.with_line(hazard), otherwise},
        {preset, changes, "the event is not in the calendar", change.with_uid(unknown), otherwise},
        {preset, changes, "the sender does not organize it", from_frank(change), otherwise},
    };
    add_common(rows, preset);
    return rows;
}

std::vector<Row> everyone() {
    const std::string preset = "everyone";
    const std::string anybody = "invitations from every proven sender";
    const std::string anybody_apply = anybody + ": apply";
    const std::string more = "changes to events I know";
    const std::string assistants = "invitations by our own assistants";
    std::vector<Row> rows{
        {preset, "spam", "marked as spam", invitation.with_field("X-Spam-Flag: YES"), "spam: ignore"},
        {preset, "spam", "marked as no spam", invitation.with_field("X-Spam-Flag: NO"), anybody_apply},

        {preset, anybody, "a stranger invites", organized_by(from_erin(invitation), "erin@example.org"), anybody_apply},
        {preset, anybody, "an assistant of others invites", assistants_invitation(), otherwise},
        {preset, anybody, "another method", invitation.with_method("PUBLISH"), otherwise},
        {preset, anybody, "nobody signed it", invitation.signed_by(""), otherwise},
        {preset, anybody, "another organizer", from_erin(invitation), otherwise},
        {preset, anybody, "a hazard", invitation.with_line(hazard), otherwise},

        {preset, assistants, "an assistant of our own invites", our_assistants_invitation(), assistants + ": apply"},
        {preset, assistants, "an assistant of others invites", assistants_invitation(), otherwise},
        {preset, assistants, "an organizer whom Bob does not know",
         our_assistants_invitation().with_organizer(
             "ORGANIZER;SENT-BY=\"mailto:assistant@example.com\":mailto:erin@example.org"),
         otherwise},
        {preset, assistants, "nobody signed it", our_assistants_invitation().signed_by(""), otherwise},
        {preset, assistants, "another method", our_assistants_invitation().with_method("PUBLISH"), otherwise},
        {preset, assistants, "a hazard", our_assistants_invitation().with_line(hazard), otherwise},
        {preset, assistants, "one of our own who is not named as assistant",
         our_assistants_invitation().with_organizer("ORGANIZER:mailto:carol@example.org"), otherwise},

        {preset, more, "the organizer adds an instance", addition, more + ": apply"},
        {preset, more, "another method", change, anybody_apply},
        {preset, more, "nobody signed it", addition.signed_by(""), otherwise},
        {preset, more, "a hazard", addition.with_line(hazard), otherwise},
        {preset, more, "the event is not in the calendar", addition.with_uid(unknown), otherwise},
        {preset, more, "the sender does not organize it", from_frank(addition), otherwise},
    };
    add_common(rows, preset);
    return rows;
}

std::vector<Row> manual() {
    const std::string preset = "manual";
    const std::string answers = "replies to my invitations";
    const std::string others = "other replies to events I know";
    const std::string others_hold = others + ": hold";
    const std::string organizers = "what organizers send";
    const std::string organizers_hold = organizers + ": hold";
    return {
        {preset, "spam", "marked as spam", invitation.with_field("X-Spam-Flag: YES"), "spam: ignore"},
        {preset, "spam", "marked as no spam", invitation.with_field("X-Spam-Flag: NO"), organizers_hold},

        {preset, "not proven", "nobody signed it", invitation.signed_by(""), "not proven: ignore"},
        {preset, "not proven", "nobody signed the answer", reply.signed_by(""), "not proven: ignore"},
        {preset, "not proven", "her provider signed it", invitation, organizers_hold},

        {preset, answers, "an attendee answers", reply, answers + ": apply"},
        {preset, answers, "another method", reply.with_method("COUNTER"), others_hold},
        {preset, answers, "the event is not in the calendar", reply.with_uid(unknown), otherwise},
        {preset, answers, "the event there has no organizer", reply.with_uid(by_hand.uid), otherwise},
        {preset, answers, "the sender is no attendee there", from_erin(reply), others + ": ignore"},

        {preset, others, "somebody who is not even named there answers", from_erin(reply), others + ": ignore"},
        {preset, others, "an attendee proposes another time", reply.with_method("COUNTER"), others_hold},
        {preset, others, "an attendee asks for the newest version", reply.with_method("REFRESH"), others_hold},
        {preset, others, "another method", reply.with_method("DECLINECOUNTER"), otherwise},
        {preset, others, "the event is not in the calendar", reply.with_method("COUNTER").with_uid(unknown), otherwise},

        {preset, organizers, "an invitation", invitation, organizers_hold},
        {preset, organizers, "an assistant's invitation", assistants_invitation(), organizers_hold},
        {preset, organizers, "another instance", addition, organizers_hold},
        {preset, organizers, "a cancellation", cancellation, organizers_hold},
        {preset, organizers, "a published event", invitation.with_method("PUBLISH"), organizers_hold},
        {preset, organizers, "a declined proposal", invitation.with_method("DECLINECOUNTER"), organizers_hold},
        {preset, organizers, "another method", invitation.with_method("COUNTER"), otherwise},
        {preset, organizers, "the sender does not organize it", from_frank(invitation), otherwise},
    };
}

std::vector<Row> table() {
    std::vector<Row> rows;
    for (const auto& preset : {known(), everyone(), manual()})
        rows.insert(rows.end(), preset.begin(), preset.end());
    return rows;
}

}  // namespace

TEST_CASE("what the rules that are shipped decide, and what they narrowly do not") {
    std::map<std::string, std::unique_ptr<House>> houses;
    for (const auto& row : table()) {
        INFO(row.preset);
        INFO(row.rule);
        INFO(row.what);
        auto& house = houses[row.preset];
        if (!house) {
            house = std::make_unique<House>(way::shipped(row.preset));
            for (const auto& mail : {carols, erins, bobs, by_hand})
                house->put(mail.calendar(false), mail.uid);
        }
        const auto judged = house->judge(row.mail.text());
        REQUIRE(judged.decisions.size() == 1);
        const auto& decision = judged.decisions.front().decision;
        INFO(decision.because);
        CHECK_FALSE(decision.deferred);
        CHECK_EQ(fmt::format("{}: {}", decision.rule, word(decision.action.calendar)), row.want);
        CHECK_EQ(word(decision.action.mail), "deliver");
    }
}

TEST_CASE("by the preset everyone nobody has answered a new event, whatever the sender wrote") {
    const auto answered = invitation.with_only("ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.com");
    for (const auto& [preset, partstat] : {std::pair("everyone", "NEEDS-ACTION"), std::pair("known", "ACCEPTED")}) {
        INFO(preset);
        House house(way::shipped(preset));
        CHECK(house.deliver(answered.text()).outcome == "created new_event");
        const std::string want = fmt::format("ATTENDEE;PARTSTAT={}:mailto:bob@example.com", partstat);
        CHECK_MESSAGE(house.event(answered.uid).find(want) != std::string::npos, house.event(answered.uid));
    }
}

TEST_CASE("an event that Bob entered himself is not overwritten by a stranger, whatever the preset") {
    const auto changed = by_hand.with_organizer("ORGANIZER:mailto:erin@example.org").with_line("LOCATION:elsewhere");
    auto other = from_erin(changed.with_only("bob@example.com"));
    other.summary = "Something else";
    House house(way::shipped("everyone"));
    house.put(by_hand.calendar(false), by_hand.uid);
    CHECK(house.deliver(other.text()).outcome == "refused organizer_mismatch");
    other.summary = by_hand.summary;
    CHECK(house.deliver(other.text()).outcome == "updated changed_event");

    House known(way::shipped("known"));
    known.put(by_hand.calendar(false), by_hand.uid);
    auto carols_change = organized_by(other, "carol@example.org");
    carols_change.from = "carol@example.org";
    carols_change.summary = "Something else";
    CHECK(known.deliver(carols_change.text()).outcome == "updated changed_event");
}

TEST_CASE("every rule of every file that is shipped stands in the table, decided and narrowly not") {
    std::set<std::string> decided;
    std::set<std::string> narrowly_not;
    for (const auto& row : table())
        (row.want.starts_with(row.rule + ": ") ? decided : narrowly_not).insert(row.preset + ": " + row.rule);
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(std::string(SOURCE_DIR) + "/etc/policies")) {
        const auto preset = entry.path().stem().string();
        ++files;
        const House house(way::shipped(preset));
        for (const auto& rule : house.snapshot().config.presets.at(preset).rules) {
            const auto name = preset + ": " + rule.name;
            INFO(name);
            CHECK(decided.contains(name));
            CHECK(narrowly_not.contains(name));
        }
    }
    CHECK_GE(files, 3);
}
