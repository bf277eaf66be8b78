#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/calendar/itip/read/hazards.h"

using namespace hazards_in;
using texts::event;
using texts::repeated;

namespace {

std::string within(const std::string& name, const std::string& inner) {
    return "BEGIN:" + name + "\r\n" + inner + "\r\nEND:" + name;
}

std::string alarm(const std::string& action) {
    return "BEGIN:VALARM\r\nACTION:" + action + "\r\nTRIGGER:-PT5M\r\nEND:VALARM";
}

}  // namespace

TEST_CASE("every hazard has a word that names it and only it, and a sentence") {
    for (int i = 0; i <= static_cast<int>(Hazard::sequence_jump); ++i) {
        const auto hazard = static_cast<Hazard>(i);
        CHECK(hazard_of(word(hazard)) == hazard);
        CHECK_FALSE(sentence(hazard).empty());
    }
    CHECK_FALSE(hazard_of("none"));
}

TEST_CASE("an honest event is none") {
    CHECK(hazards(event()) == "");
}

TEST_CASE("hazards of what an event holds, and what just is none") {
    check({
        {"500 attendees",
         event({"X-A:b\r\n" + repeated("ATTENDEE:mailto:erin@example.net\r\n", 498) + "X-A:b", "X-B:c"}), ""},
        {"501 attendees", event({"X-A:b\r\n" + repeated("ATTENDEE:mailto:erin@example.net\r\n", 500) + "X-A:b"}),
         "many_attendees"},
        {"ten alarms", event({"X-A:b\r\n" + repeated(alarm("DISPLAY") + "\r\n", 10) + "X-A:b"}), ""},
        {"eleven alarms", event({"X-A:b\r\n" + repeated(alarm("DISPLAY") + "\r\n", 11) + "X-A:b"}), "many_alarms"},
        {"a sound", event({alarm("audio")}), ""},
        {"no alarm, as Apple says it", event({alarm("NONE")}), ""},
        {"a mail", event({alarm("EMAIL")}), "alarm_action"},
        {"a program", event({alarm("PROCEDURE")}), "alarm_action"},
        {"twenty attachments", event({repeated("ATTACH:https://example.org/\r\n", 20) + "X-A:b"}), ""},
        {"21 attachments", event({repeated("ATTACH:https://example.org/\r\n", 21) + "X-A:b"}), "many_attachments"},
        {"an attachment of the mail", event({"ATTACH:cid:part1@example.org"}), ""},
        {"inline data", event({"ATTACH;ENCODING=BASE64;VALUE=BINARY:aGk="}), ""},
        {"a file", event({"ATTACH:FILE:///etc/passwd"}), "local_attachment unsafe_link"},
        {"a drive", event({"ATTACH:C:\\notes.txt"}), "local_attachment"},
        {"a share", event({"ATTACH:\\\\host.example.org\\share\\notes"}), "local_attachment"},
        {"a share with slashes", event({"IMAGE;VALUE=URI://host.example.org/x.png"}), "local_attachment"},
        {"a relative name", event({"ATTACH:notes.txt"}), "local_attachment"},
        {"a name with a colon behind a slash", event({"ATTACH:a/b:c"}), "local_attachment"},
        {"links as they shall be",
         event({"URL:https://example.org/a:b", "CONFERENCE;VALUE=URI:tel:+49-30-1",
                "IMAGE;VALUE=URI:data:image/png;base64,iVBO", "X-LINK:HTTP://example.org/"}),
         ""},
        {"a link without a scheme", event({"URL:www.example.org/a:b"}), ""},
        {"a link that runs script", event({"URL:JavaScript:alert(1)"}), "unsafe_link"},
        {"a link with white space in its scheme", event({"URL: java\tscript:alert(1)"}), "unsafe_link"},
        {"a link that is a page", event({"CONFERENCE;VALUE=URI:data:text/html,x"}), "unsafe_link"},
        {"an attachment that starts a program", event({"ATTACH:ms-msdt:/id"}), "unsafe_link"},
        {"any property that is a link", event({"COMMENT;VALUE=URI:vbscript:x"}), "unsafe_link"},
        {"a place, as Apple writes it", event({"X-APPLE-STRUCTURED-LOCATION;VALUE=URI:geo:52.53,13.38"}), ""},
        {"a link of a program's own", event({"X-LINK:file://host.example.org/x"}), "unsafe_link"},
        {"a link in a parameter", event({"LOCATION;ALTREP=\"javascript:x\":Room"}), "unsafe_link"},
        {"a page in a parameter, as Thunderbird writes it", event({"LOCATION;ALTREP=\"data:text/html,x\":Room"}), ""},
        {"a summary about it", event({"SUMMARY:JavaScript: the good parts"}), ""},
        {"a description with links and marks",
         event(
             {"DESCRIPTION:<a href=\"https://example.org/?on=1\" target=x>Turn it on</a> (note: javascript: it = 1)"}),
         ""},
        {"a description with what looks like it",
         event({"DESCRIPTION:<file:///\\\\\\\\server\\\\share> (File: agenda.pdf) (data: see below) <objective> "
                "<embedded>"}),
         ""},
        {"script in a description", event({"DESCRIPTION:Hello\\n< ScRipt src=x>"}), "html_description"},
        {"a frame in a comment", event({"COMMENT:<iframe src=x>"}), "html_description"},
        {"a link that runs script in a description", event({"DESCRIPTION:<a href='java\\nscript:x'>"}),
         "html_description"},
        {"a handler in a description", event({"DESCRIPTION:<img src=x OnError = alert(1)>"}), "html_description"},
        {"HTML beside the description, which is dropped", event({"X-ALT-DESC;FMTTYPE=text/html:<p>x</p>"}), ""},
        {"a styled description, which is dropped", event({"STYLED-DESCRIPTION;VALUE=TEXT:<html>x"}), ""},
        {"a page as the description", event({"DESCRIPTION:<HTML lang=\"en\">x"}), "html_description"},
        {"a page behind line ends", event({"DESCRIPTION: \\n\\N <!DocType html>x"}), "html_description"},
        {"a description that speaks of pages", event({"DESCRIPTION:Begin it with <html>"}), ""},
        {"a description with a mark or two", event({"DESCRIPTION:<b>x</b>"}), ""},
        {"the beginning of a word", event({"DESCRIPTION:<htm"}), ""},
        {"a mail of an alarm within an alarm", event({within("VALARM", alarm("EMAIL"))}), "alarm_action"},
        {"a mail of an alarm within something else", event({within("X-OWN", alarm("EMAIL"))}), "alarm_action"},
        {"eleven alarms within something else",
         event({within("X-OWN", repeated(alarm("DISPLAY") + "\r\n", 10) + alarm("DISPLAY"))}), "many_alarms"},
        {"several, each once, in the order of the manual",
         event({"DESCRIPTION:<html>x", "RRULE:FREQ=HOURLY;COUNT=9", "DTEND", "DURATION:P31D"}) +
             event({"RRULE:FREQ=HOURLY;COUNT=9"}),
         "sub_daily overlapping too_long html_description"},
    });
}

TEST_CASE("alarms that are never stored are none, at whatever depth") {
    HazardLimits stripped;
    stripped.alarms_kept = false;
    CHECK(hazards(event({alarm("EMAIL")}), stripped) == "");
    CHECK(hazards(event({within("X-OWN", alarm("PROCEDURE"))}), stripped) == "");
    CHECK(hazards(event({"X-A:b\r\n" + repeated(alarm("DISPLAY") + "\r\n", 11) + "X-A:b"}), stripped) == "");
}
