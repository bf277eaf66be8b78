#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "milter/imipctl/report/html.h"
#include "milter/imipctl/report/simulation_html.h"
#include "tests/milter/imipctl/report/simulations.h"

using namespace simulations;

TEST_CASE("html() makes text of anything") {
    CHECK(html("a<b>&\"'") == "a&lt;b&gt;&amp;&quot;&#39;");
    CHECK(html("\xc3\xbc\t\x7f") == "\xc3\xbc??");
    for (const auto* hidden : {"\xc2\x80", "\xc2\x9f", "\xd8\x9c", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8",
                               "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa9"})
        CHECK(html(hidden) == "?");
    for (const auto* plain : {"\xc2\xa0", "\xd8\x9b", "\xe2\x80\x90", "\xe2\x80\xaf", "\xe2\x81\xaa", "\xe2\x82\xac"})
        CHECK(html(plain) == plain);
    CHECK(html("12345", 5) == "12345");
    CHECK(html("123456", 5) == "12345...");
    CHECK(html("1234\xc3\xbc"
               "6",
               5) == "1234...");
    CHECK(html("\xe2\x80") == "\xe2\x80");
}

TEST_CASE("the chart has a bar a configuration, cut by outcomes, and no number where there is no room") {
    std::vector<std::vector<JudgedMail>> messages(500, {of({decided("bob", "e", fate(EventOutcome::applied))}),
                                                        of({decided("bob", "e", fate(EventOutcome::ignored))})});
    messages.push_back(
        {of({decided("bob", "e", fate(EventOutcome::held))}), of({decided("bob", "e", fate(EventOutcome::ignored))})});
    const auto page = html_of(simulate(messages));
    const auto times_in = [&](const std::string& what) {
        std::size_t found = 0;
        for (auto at = page.find(what); at != std::string::npos; at = page.find(what, at + 1))
            ++found;
        return found;
    };
    CHECK(times_in("<svg ") == 1);
    CHECK(times_in("<title>500 applied</title>") == 1);
    CHECK(times_in("<title>1 held</title>") == 1);
    CHECK(times_in("<title>501 ignored</title>") == 1);
    CHECK(times_in("<title>0 ") == 0);
    CHECK(times_in("text-anchor=\"middle\">500</text>") == 1);
    CHECK(times_in("text-anchor=\"middle\">1</text>") == 0);
    CHECK(times_in("<script") + times_in("url(") + times_in("href") + times_in("src=") == 0);
    CHECK(html_of(simulate({{whole(EventOutcome::no_calendar)}})).find("<svg ") == std::string::npos);
}
