#include "policy/config/text/yaml.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "calendar/base/os_error.h"
#include "calendar/base/printable.h"
#include "calendar/base/text.h"

namespace policy::config {
namespace {

/// Ends the reading; the mistake has been noted.
struct Stop {};

/// Builds values from the parser's events: nodes of yaml-cpp keep neither anchors nor duplicate keys.
class Builder final : public YAML::EventHandler {
  public:
    Builder(std::string file, Mistakes& mistakes) : file_(std::move(file)), mistakes_(mistakes) {}
    Value take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (documents_++ > 0) stop(mark, "only one YAML document is allowed in a file");
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        add(checked(mark, "?", anchor, Value::Kind::null));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        stop(mark, "YAML aliases are not allowed; repeat the value instead");
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& text) override {
        Value value = checked(mark, tag, anchor, Value::Kind::scalar);
        value.text = text;
        value.quoted = tag == "!";
        add(std::move(value));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, Value::Kind::sequence);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, Value::Kind::map);
    }
    void OnMapEnd() override { close(); }

  private:
    /// A sequence or map that has not ended.
    struct Open {
        Value value;
        std::optional<Value> key;           ///< of a map: read, its value not yet
        std::map<std::string, Place> keys;  ///< of a map: seen so far
    };

    Place place(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }

    [[noreturn]] void stop(const YAML::Mark& mark, std::string sentence) {
        mistakes_.add(place(mark), std::move(sentence));
        throw Stop{};
    }

    Value checked(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Value::Kind kind) {
        if (anchor != YAML::NullAnchor) stop(mark, "YAML anchors are not allowed; repeat the value instead");
        if (!tag.empty() && tag != "?" && tag != "!")
            stop(mark, fmt::format("YAML tag '{}' is not allowed; remove it", calendar::base::printable(tag)));
        Value value;
        value.kind = kind;
        value.place = place(mark);
        return value;
    }

    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Value::Kind kind) {
        if (open_.size() >= deepest)
            stop(mark, fmt::format("lists and maps are nested deeper than {} levels", deepest));
        open_.push_back({checked(mark, tag, anchor, kind), {}, {}});
    }

    void close() {
        Value value = std::move(open_.back().value);
        open_.pop_back();
        add(std::move(value));
    }

    void add(Value value) {
        if (open_.empty()) {
            root_ = std::move(value);
            return;
        }
        Open& parent = open_.back();
        if (parent.value.kind == Value::Kind::sequence) {
            parent.value.items.push_back(std::move(value));
        } else if (!parent.key) {
            parent.key = std::move(value);
        } else {
            add_entry(parent, std::move(value));
        }
    }

    void add_entry(Open& parent, Value value) {
        const Value key = *std::exchange(parent.key, std::nullopt);
        if (key.kind != Value::Kind::scalar) {
            mistakes_.add(key.place, "a key must be a single word, not a list or a map");
            return;
        }
        const auto [first, is_new] = parent.keys.emplace(key.text, key.place);
        if (is_new)
            parent.value.entries.push_back({key.text, key.place, std::move(value)});
        else
            mistakes_.add(key.place, fmt::format("duplicate key '{}'; first used at {}",
                                                 calendar::base::printable(key.text), first->second.text()));
    }

    std::string file_;
    Mistakes& mistakes_;
    Value root_;
    std::vector<Open> open_;
    int documents_ = 0;
};

std::optional<std::string> read_bytes(const std::string& name, Mistakes& mistakes) {
    const auto cannot = [&](int error) {
        mistakes.add({name, 0, 0}, fmt::format("cannot be read: {}", calendar::base::os_error_text(error)));
        return std::nullopt;
    };
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(name.c_str(), "re"), &std::fclose);
    if (!file) return cannot(errno);
    std::string bytes(largest_file + 1, '\0');
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file.get()));
    if (std::ferror(file.get()) != 0) return cannot(errno);
    if (bytes.size() > largest_file) {
        mistakes.add({name, 0, 0}, fmt::format("file is larger than {} MiB", largest_file >> 20));
        return std::nullopt;
    }
    return bytes;
}

/// yaml-cpp would put U+FFFD for what is none, so that two names become one.
bool is_utf8(std::string_view bytes, const std::string& name, Mistakes& mistakes) {
    for (int line = 1; !bytes.empty(); ++line) {
        const auto text = bytes.substr(0, bytes.find('\n'));
        if (const auto bad = calendar::base::find_not_utf8(text); bad != std::string_view::npos) {
            mistakes.add({name, line, static_cast<int>(bad) + 1}, "invalid UTF-8; save the file as UTF-8");
            return false;
        }
        bytes.remove_prefix(std::min(text.size() + 1, bytes.size()));
    }
    return true;
}

/// What to look for, with what yaml-cpp says.
std::string_view hint(std::string_view message) {
    constexpr std::pair<std::string_view, std::string_view> hints[] = {
        {"end of map flow not found", "; close the '{'"},
        {"end of sequence flow not found", "; close the '['"},
        {"illegal EOF in scalar", "; close the quotation mark"},
        {"illegal map value", "; put a text that contains ': ' in quotation marks"},
        {"illegal tab", "; indent with spaces, not with tabs"},
    };
    const auto* const found =
        std::ranges::find_if(hints, [&](const auto& each) { return message.starts_with(each.first); });
    return found == std::end(hints) ? "" : found->second;
}

}  // namespace

const Entry* Value::find(std::string_view key) const noexcept {
    for (const Entry& entry : entries)
        if (entry.key == key) return &entry;
    return nullptr;
}

std::optional<Value> read_yaml(const std::filesystem::path& file, Mistakes& mistakes) {
    const std::string name = file.string();
    auto bytes = read_bytes(name, mistakes);
    if (!bytes || !is_utf8(*bytes, name, mistakes)) return std::nullopt;
    try {
        // yaml-cpp takes the end of a text that ends in a line feed for the end of a quote that is still open; not so
        // that of a comment.
        if (bytes->ends_with('\n')) *bytes += '#';
        std::istringstream stream(*std::move(bytes));
        Builder builder(name, mistakes);
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
        Value root = builder.take();
        if (root.place.file.empty()) root.place = {name, 1, 1};
        return root;
    } catch (const Stop&) {
        return std::nullopt;
    } catch (const YAML::Exception& error) {
        mistakes.add({name, error.mark.line + 1, error.mark.column + 1},
                     fmt::format("invalid YAML: {}{}", error.msg, hint(error.msg)));
        return std::nullopt;
    }
}

}  // namespace policy::config
