#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/net/dav_path.h"
#include "calendar/net/dav_status.h"
#include "calendar/net/webdav.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace calendar::net;

/// XML text in which every byte that a reader might change is a reference.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if ((c >= 0 && c <= ' ') || c == '<' || c == '>' || c == '&')
            out += fmt::format("&#{};", static_cast<int>(c));
        else
            out += c;
    }
    return out;
}

std::string error_of(const std::vector<std::string>& conditions) {
    std::string out;
    for (const std::string& name : conditions)
        out += "<D:" + name + "/>";
    return "<D:error>" + out + "</D:error>";
}

std::string written(const std::vector<DavResponse>& responses) {
    std::string out;
    for (const DavResponse& each : responses) {
        out += "<D:response><D:href>" + escaped(each.href) + "</D:href>" + error_of(each.conditions);
        out += fmt::format("<D:status>HTTP/1.1 {:03}</D:status>", each.status);
        out += "<D:propstat><D:status>HTTP/1.1 200 OK</D:status><D:prop>";
        out += "<D:getetag>" + escaped(each.etag) + "</D:getetag>";
        out += "<C:calendar-data>" + escaped(each.content) + "</C:calendar-data>";
        out += "<D:sync-token>" + escaped(each.sync_token) + "</D:sync-token>";
        out += "<CS:getctag>" + escaped(each.ctag) + "</CS:getctag>";
        out += std::string("<D:resourcetype>") + (each.calendar ? "<C:calendar/>" : "") + "</D:resourcetype>";
        out += "<D:owner><D:href>" + escaped(each.owner) + "</D:href></D:owner>";
        out += "</D:prop></D:propstat></D:response>";
    }
    return "<D:multistatus>" + out + "</D:multistatus>";
}

void check_response(const DavResponse& response) {
    fuzz::must(response.href == calendar::base::trimmed(response.href, calendar::base::white_space),
               "an href is trimmed");
    fuzz::must(response.status >= 1 && response.status <= 999, "a response has a status");
    fuzz::must(response.etag.empty() || strong_etag(response.etag), "a tag is a strong one");
    for (std::size_t i = 0; i < response.content.size(); ++i)
        fuzz::must(response.content[i] != '\n' || (i > 0 && response.content[i - 1] == '\r'), "lines end in CRLF");
    const auto path = path_of_href(response.href, "/dav/bob/");
    if (!path) return;
    fuzz::must(plain_path(*path), "the path of an href is plain");
    fuzz::must(encode_path(*path) == *path, "the path of an href is encoded");
    fuzz::must(path_of_href(*path, "/other/") == path, "the path of an href is its own href");
}

std::size_t size_of(const DavResponse& response) {
    std::size_t size = response.href.size() + response.etag.size() + response.content.size() +
                       response.sync_token.size() + response.ctag.size() + response.owner.size();
    for (const std::string& name : response.conditions)
        size += name.size();
    return size;
}

/// One sentence, so one line.
void check_sentence(std::string_view sentence) {
    fuzz::must(!sentence.empty() && sentence.size() < 1000, "a sentence is bounded");
    fuzz::must(sentence.find_first_of("\r\n") == std::string_view::npos, "a sentence is one line");
}

}  // namespace

/// The body that a WebDAV server answers: read as a multistatus, as a refusal and as the answer to a write.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body = fuzz::text_of(data, size);
    for (const std::string& name : read_conditions(body))
        fuzz::must(name.size() <= body.size() * 3, "conditions are bounded");
    Response answer;
    answer.body = body;
    for (const int status : {207, 403, 507}) {
        answer.status = status;
        if (const auto trouble = trouble_of_status("PUT", "https://dav.example.com/", answer))
            check_sentence(detail(*trouble));
    }

    const auto responses = read_multistatus(body);
    if (!responses) {
        check_sentence(responses.error());
        return 0;
    }
    std::size_t total = 0;
    for (const DavResponse& response : *responses) {
        check_response(response);
        total += size_of(response);
    }
    fuzz::must(total <= body.size() * 4, "what is read is bounded");  // UTF-16 into UTF-8, LF into CRLF
    const std::string text = written(*responses);
    const auto again = read_multistatus(text);
    fuzz::must(again && written(*again) == text, "what is written is read as it was");
    return 0;
}
