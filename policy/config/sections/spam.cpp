#include "calendar/base/text.h"
#include "policy/config/read_sections.h"
#include "policy/config/text/names.h"

namespace policy::config {

void read_spam(Section& top, Config& config) {
    const Value* value = top.find("spam");
    if (value == nullptr) return;
    Mistakes& mistakes = top.mistakes();
    Section section(*value, "spam", mistakes);
    if (const Value* headers = section.find("headers")) {
        if (headers->kind != Value::Kind::sequence)
            section.must("headers", "be a list such as [{name: X-Spam-Flag, matches: \"YES\"}]");
        for (const Value& item : headers->items) {
            SpamHeader header;
            Section entry(item, "spam.headers", mistakes);
            entry.require("name");
            entry.text("name", header.name);
            entry.require("matches");
            entry.text("matches", header.matches);
            entry.finish();
            if (!header.name.empty() && !is_field_name(header.name))
                entry.must("name", "be the name of a header field");
            header.name = calendar::base::lowered(header.name);
            config.spam.push_back(std::move(header));
        }
    }
    section.finish();
}

}  // namespace policy::config
