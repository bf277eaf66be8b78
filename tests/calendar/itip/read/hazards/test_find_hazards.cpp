#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/calendar/itip/read/hazards/hazards.h"

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
        {"pictures in several kinds and ways to write them",
         event({"IMAGE;VALUE=URI:DATA:Image/PNG;name=a.png;base64,iVBO", "IMAGE;VALUE=URI:data:image/jpeg,x",
                "ATTACH:data:image/gif;base64,R0lG", "X-PICTURE:data:image/webp;base64,UklG",
                "DESCRIPTION:<img src='data:image/png\\;base64\\,iVBO'>"}),
         ""},
        {"a drawing", event({"IMAGE;VALUE=URI:data:image/svg+xml,x"}), "unsafe_link"},
        {"a drawing in upper case", event({"IMAGE;VALUE=URI:DATA:IMAGE/SVG+XML,x"}), "unsafe_link"},
        {"a drawing with a parameter", event({"ATTACH:data:image/svg+xml;charset=utf-8,x"}), "unsafe_link"},
        {"a drawing in base64", event({"IMAGE;VALUE=URI:data:image/svg+xml;base64,PHN2"}), "unsafe_link"},
        {"a drawing with blanks in its type", event({"URL:data: image/ svg+xml ;base64,PHN2"}), "unsafe_link"},
        {"a drawing in a program's own property", event({"X-PICTURE:data:image/svg+xml,x"}), "unsafe_link"},
        {"a drawing as a summary", event({"SUMMARY:data:image/svg+xml,x"}), "unsafe_link"},
        {"a link to a drawing in a page", event({"DESCRIPTION:<a href='data:image/svg+xml\\,x'>"}), "html_description"},
        {"a page in XML", event({"SUMMARY:data:application/xhtml+xml,x"}), "unsafe_link"},
        {"a picture of a kind that begins like another", event({"IMAGE;VALUE=URI:data:image/png2,x"}), "unsafe_link"},
        {"a picture of no kind", event({"IMAGE;VALUE=URI:data:image/,x"}), "unsafe_link"},
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
        {"data without an encoding", event({"ATTACH;VALUE=BINARY:aGk="}), "local_attachment"},
        {"data that is none", event({"ATTACH;VALUE=BINARY;ENCODING=BASE64:file:///etc/passwd"}),
         "local_attachment unsafe_link"},
        {"data without a VALUE", event({"ATTACH;ENCODING=BASE64:aGk="}), "local_attachment"},
        {"data with two VALUEs, of which either may count",
         event({"ATTACH;ENCODING=BASE64;VALUE=BINARY;VALUE=URI:file:///etc/passwd"}), "local_attachment unsafe_link"},
        {"data with two VALUEs alike", event({"ATTACH;VALUE=BINARY;VALUE=BINARY;ENCODING=BASE64:aGk="}),
         "local_attachment"},
        {"a document as data",
         event({"ATTACH;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=application/pdf;FILENAME=a.pdf:aGk="}), ""},
        {"a page as data", event({"ATTACH;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=Text/HTML:aGk="}), "unsafe_link"},
        {"a drawing as data", event({"IMAGE;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=\"image/svg+xml\":aGk="}),
         "unsafe_link"},
        {"a program as data", event({"ATTACH;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=application/x-msdownload:aGk="}),
         "unsafe_link"},
        {"a program by its name", event({"ATTACH;VALUE=BINARY;ENCODING=BASE64;X-FILENAME=\"a.EXE \":aGk="}),
         "unsafe_link"},
        {"a style that runs script", event({"DESCRIPTION:<div style=\"background:url(javascript:x)\">"}),
         "html_description"},
        {"a style that loads another", event({"DESCRIPTION:<style>@import 'https://example.org/x'\\;</style>"}),
         "html_description"},
        {"a style of another page", event({"DESCRIPTION:<link href=x rel=stylesheet>"}), "html_description"},
        {"the same behind a mark in quotes", event({"DESCRIPTION:<link title=\">\" rel=stylesheet>"}),
         "html_description"},
        {"another base for links", event({"DESCRIPTION:<base href=\"https://example.org/\">"}), "html_description"},
        {"a page that goes elsewhere", event({"DESCRIPTION:<meta http-equiv=refresh content=0>"}), "html_description"},
        {"a form", event({"DESCRIPTION:<form method=post action='https://example.org/'>"}), "html_description"},
        {"a button that sends a form", event({"DESCRIPTION:<button formaction=x>"}), "html_description"},
        {"elements without what makes them load, and words like them",
         event({"DESCRIPTION:<link> <a href=x>?rel=0</a> <base> <form> action=1 @import"}), ""},
        {"structured data", event({"STRUCTURED-DATA;VALUE=BINARY;ENCODING=BASE64:aGk="}), ""},
        {"structured data as text", event({"STRUCTURED-DATA;VALUE=TEXT:{\"@context\": \"https://schema.org\"}"}), ""},
        {"a link that calls itself data", event({"URL;VALUE=BINARY:javascript:alert(1)"}), "unsafe_link"},
        {"a link that calls itself data in base64", event({"URL;VALUE=BINARY;ENCODING=BASE64:javascript:alert(1)"}),
         "html_description unsafe_link"},
        {"a conference that calls itself data", event({"CONFERENCE;VALUE=BINARY:javascript:alert(1)"}), "unsafe_link"},
        {"a link that calls itself a text", event({"URL;VALUE=TEXT:javascript:alert(1)"}), "unsafe_link"},
        {"a link in quotes", event({"COMMENT;VALUE=\"URI\":vbscript:x"}), "unsafe_link"},
        {"a second VALUE that makes it a link", event({"COMMENT;VALUE=TEXT;VALUE=URI:ms-msdt:/id"}), "unsafe_link"},
        {"a link with more blanks in its scheme than it has letters",
         event({"URL:java" + repeated(" ", 100) + "script:x"}), "unsafe_link"},
        {"a place that is a link", event({"LOCATION:javascript:alert( 1 )"}), "unsafe_link"},
        {"a contact that is a link", event({"CONTACT: JavaScript:alert(1)"}), "unsafe_link"},
        {"a summary that is a page", event({"SUMMARY:data:text/html,x"}), "unsafe_link"},
        {"a summary of a file", event({"SUMMARY:File: minutes of Monday"}), ""},
        {"an attendee who is a link", event({"ATTENDEE:javascript:alert(1)"}), "unsafe_link"},
        {"a link in any parameter", event({"LOCATION;X-A=\"javascript:x\":Room"}), "unsafe_link"},
        {"script in a summary", event({"SUMMARY:<script>alert(1)</script>"}), "html_description"},
        {"a handler in a place", event({"LOCATION:<img src=x onerror=alert(1)>"}), "html_description"},
        {"script in a name", event({"ATTENDEE;CN=\"<script>x\":mailto:bob@example.com"}), "html_description"},
        {"script in a property of a program's own", event({"X-A:<iframe src=x>"}), "html_description"},
        {"a handler behind a line end", event({"DESCRIPTION:<img src=x\\nonerror=x>"}), "html_description"},
        {"a handler behind a mark in quotes", event({"DESCRIPTION:<img title=\">\" onerror=x>"}), "html_description"},
        {"an assignment behind a tag", event({"DESCRIPTION:<b title='x'>Turn it</b> on = 1\\n onset=2"}), ""},
        {"a link that runs script, written as references",
         event({"DESCRIPTION:<a href='&#106\\;ava&#x73\\;cript&colon\\;x'>"}), "html_description"},
        {"references that are none", event({"DESCRIPTION:<b title='&#\\;&#x\\;&#99999999999\\;&'>"}), ""},
        {"script in quoted-printable", event({"DESCRIPTION;ENCODING=QUOTED-PRINTABLE:=3Cscript=3Ex=3C/script=3e"}),
         "html_description"},
        {"quoted-printable without script", event({"DESCRIPTION;ENCODING=QUOTED-PRINTABLE:Gr=FC=DFe =3D"}), ""},
        {"a description in base64", event({"DESCRIPTION;ENCODING=BASE64:PHNjcmlwdD4="}), "html_description"},
        {"a place as a component",
         event({within("VLOCATION",
                       "UID:l\r\nNAME:Hall\r\nURL:https://example.org/\r\n"
                       "STRUCTURED-DATA;VALUE=URI:https://example.org/card.vcf")}),
         ""},
        {"a link of a place as a component", event({within("VLOCATION", "UID:l\r\nURL:javascript:alert(1)")}),
         "unsafe_link"},
        {"script of a participant", event({within("PARTICIPANT", "UID:p\r\nDESCRIPTION:<script>x")}),
         "html_description"},
        {"structured data of a participant",
         event({within("PARTICIPANT", "UID:p\r\nSTRUCTURED-DATA;VALUE=URI:file:///x")}), "unsafe_link"},
        {"a file of something in something", event({within("X-A", within("X-B", "ATTACH:file:///etc/passwd"))}),
         "local_attachment unsafe_link"},
        {"a sound of an alarm", event({within("VALARM", "ACTION:AUDIO\r\nATTACH;VALUE=URI:Basso")}), ""},
        {"a file of an alarm", event({within("VALARM", "ACTION:AUDIO\r\nATTACH:\\\\host\\share")}), "local_attachment"},
        {"script of an alarm", event({within("VALARM", "ACTION:DISPLAY\r\nDESCRIPTION:<script>x")}),
         "html_description"},
        {"several, each once, in the order of the manual",
         event({"DESCRIPTION:<html>x", "RRULE:FREQ=HOURLY;COUNT=9", "DTEND", "DURATION:P31D"}) +
             event({"RRULE:FREQ=HOURLY;COUNT=9"}),
         "sub_daily overlapping too_long html_description"},
    });
}

TEST_CASE("hazards of what a calendar holds beside its events") {
    const auto with = [](const std::string& lines) { return texts::vcalendar("REQUEST", lines + "\r\n" + event()); };
    const std::vector<Row> rows{
        {"as programs write it",
         with("CALSCALE:GREGORIAN\r\nX-WR-CALNAME:Team\r\nURL:https://example.org/\r\n"
              "SOURCE;VALUE=URI:https://example.org/a.ics\r\nX-WR-TIMEZONE:Europe/Berlin\r\nCOLOR:red"),
         ""},
        {"a link", with("URL:javascript:alert(1)"), "unsafe_link"},
        {"a file as its source", with("SOURCE;VALUE=URI:file:///etc/passwd"), "unsafe_link"},
        {"script in its description", with("X-WR-CALDESC:<script>alert(1)</script>"), "html_description"},
        {"script in the name of a time zone", with(within("VTIMEZONE", "TZID:<script>")), "html_description"},
        {"no event in it", texts::vcalendar("REQUEST", within("X-A", "RRULE:FREQ=SECONDLY") + "\r\n"), ""},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        CHECK(hazards_of(row.text) == row.want);
    }
}

TEST_CASE("alarms that are never stored are none, at whatever depth") {
    HazardLimits stripped;
    stripped.alarms_kept = false;
    CHECK(hazards(event({alarm("EMAIL")}), stripped) == "");
    CHECK(hazards(event({within("X-OWN", alarm("PROCEDURE"))}), stripped) == "");
    CHECK(hazards(event({within("VALARM", "ATTACH:file:///etc/passwd\r\nDESCRIPTION:<script>")}), stripped) == "");
    CHECK(hazards(event({"X-A:b\r\n" + repeated(alarm("DISPLAY") + "\r\n", 11) + "X-A:b"}), stripped) == "");
}
