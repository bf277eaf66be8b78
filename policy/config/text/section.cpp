#include "policy/config/text/section.h"

#include <algorithm>

#include <fmt/format.h>

#include "calendar/base/printable.h"
#include "policy/config/text/units.h"

namespace policy::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string found(const Value& value) {
    switch (value.kind) {
        case Value::Kind::null:
            return "nothing";
        case Value::Kind::scalar:
            return fmt::format("'{}'", calendar::base::printable(value.text));
        case Value::Kind::sequence:
            return "a list";
        case Value::Kind::map:
            return "a map";
    }
    return {};
}

std::string range(std::string_view least, std::string_view most) {
    return fmt::format("be at least {} and at most {}", least, most);
}

}  // namespace

void must(const Value& value, const std::string& name, std::string_view rule, Mistakes& mistakes) {
    mistakes.add(value.place, fmt::format("'{}' must {}; got {}", name, rule, found(value)));
}

std::optional<std::string> read_text(const Value& value, const std::string& name, Mistakes& mistakes) {
    if (value.kind == Value::Kind::scalar && !value.text.empty()) return value.text;
    if (value.kind == Value::Kind::scalar)
        mistakes.add(value.place, fmt::format("'{}' must not be empty", name));
    else
        must(value, name, "be a text", mistakes);
    return std::nullopt;
}

std::vector<const Value*> read_texts(const Value& value, const std::string& name, Mistakes& mistakes) {
    std::vector<const Value*> texts;
    if (value.kind != Value::Kind::sequence) {
        must(value, name, "be a list such as [a, b]", mistakes);
        return texts;
    }
    for (const Value& item : value.items)
        if (read_text(item, name, mistakes)) texts.push_back(&item);
    return texts;
}

std::vector<const Value*> read_some_texts(const Value& value, const std::string& name, Mistakes& mistakes) {
    if (value.kind == Value::Kind::sequence && value.items.empty())
        mistakes.add(value.place, fmt::format("'{}' must not be an empty list", name));
    return read_texts(value, name, mistakes);
}

std::optional<bool> read_boolean(const Value& value, const std::string& name, Mistakes& mistakes) {
    if (value.kind == Value::Kind::scalar && !value.quoted && value.text == "true") return true;
    if (value.kind == Value::Kind::scalar && !value.quoted && value.text == "false") return false;
    must(value, name, value.quoted ? "be true or false, without quotes" : "be true or false", mistakes);
    return std::nullopt;
}

std::optional<milliseconds> read_duration(const Value& value, const std::string& name, Mistakes& mistakes) {
    if (value.kind == Value::Kind::scalar)
        if (const auto duration = parse_duration(value.text)) return duration;
    must(value, name, "be a duration such as 500ms, 5s, 2m, 1h, 7d or 3y", mistakes);
    return std::nullopt;
}

std::optional<std::size_t> read_choice(const Value& value, const std::string& name,
                                       const std::vector<std::string_view>& words, Mistakes& mistakes) {
    if (value.kind != Value::Kind::scalar) {
        must(value, name, fmt::format("be one of {}", fmt::join(words, ", ")), mistakes);
        return std::nullopt;
    }
    const auto word = std::find(words.begin(), words.end(), value.text);
    if (word != words.end()) return static_cast<std::size_t>(word - words.begin());
    mistakes.add(value.place,
                 fmt::format("'{}' is not valid for '{}'{}; valid values: {}", calendar::base::printable(value.text),
                             name, suggestion(value.text, words), fmt::join(words, ", ")));
    return std::nullopt;
}

std::string beside(const Place& place, const std::string& path) {
    // An absolute path on the right replaces what stands left of it.
    return (std::filesystem::absolute(place.file).parent_path() / path).lexically_normal().string();
}

Section::Section(const Value& value, std::string name, Mistakes& mistakes)
    : value_(value), name_(std::move(name)), mistakes_(mistakes) {
    if (value.kind == Value::Kind::map) return;
    if (name_.empty())
        mistakes.add(value.place, fmt::format("expected a map such as {{key: value}}; got {}", found(value)));
    else
        config::must(value, name_, "be a map such as {key: value}", mistakes);
}

const Value* Section::find(std::string_view key) {
    known_.push_back(key);
    const Entry* entry = value_.find(key);
    return entry == nullptr ? nullptr : &entry->value;
}

const Value* Section::require(std::string_view key) {
    const Value* value = find(key);
    if (value == nullptr && value_.kind == Value::Kind::map)
        mistakes_.add(value_.place, fmt::format("'{}' is missing", name(key)));
    return value;
}

void Section::boolean(std::string_view key, bool& target) {
    if (const Value* value = find(key)) target = read_boolean(*value, name(key), mistakes_).value_or(target);
}

void Section::text(std::string_view key, std::string& target) {
    const Value* value = find(key);
    if (value == nullptr) return;
    if (auto text = read_text(*value, name(key), mistakes_)) target = *std::move(text);
}

void Section::texts(std::string_view key, std::vector<std::string>& target) {
    const Value* value = find(key);
    if (value == nullptr) return;
    target.clear();
    for (const Value* item : read_texts(*value, name(key), mistakes_))
        target.push_back(item->text);
}

void Section::count(std::string_view key, std::size_t& target, std::size_t least, std::size_t most) {
    const Value* value = find(key);
    if (value == nullptr) return;
    const auto count = value->kind == Value::Kind::scalar ? parse_count(value->text) : std::nullopt;
    if (count && *count >= least && *count <= most)
        target = *count;
    else
        config::must(*value, name(key),
                     count ? range(std::to_string(least), std::to_string(most))
                           : fmt::format("be a whole number from {} to {}", least, most),
                     mistakes_);
}

void Section::size(std::string_view key, std::size_t& target, std::size_t least, std::size_t most) {
    const Value* value = find(key);
    if (value == nullptr) return;
    const auto size = value->kind == Value::Kind::scalar ? parse_size(value->text) : std::nullopt;
    if (size && *size >= least && *size <= most)
        target = *size;
    else
        config::must(*value, name(key),
                     size ? range(size_text(least), size_text(most)) : "be a size such as 512KiB or 25MiB", mistakes_);
}

void Section::duration(std::string_view key, milliseconds& target, milliseconds least, milliseconds most) {
    const Value* value = find(key);
    if (value == nullptr) return;
    const auto duration = read_duration(*value, name(key), mistakes_);
    if (!duration) return;
    if (*duration >= least && *duration <= most)
        target = *duration;
    else
        config::must(*value, name(key), range(duration_text(least), duration_text(most)), mistakes_);
}

void Section::duration(std::string_view key, seconds& target, seconds least, seconds most) {
    milliseconds fine = target;
    duration(key, fine, milliseconds(least), milliseconds(most));
    if (fine % seconds(1) == milliseconds(0))
        target = std::chrono::duration_cast<seconds>(fine);
    else
        config::must(*find(key), name(key), "be a number of whole seconds", mistakes_);
}

void Section::finish() {
    std::vector<std::string_view> absent;  // what the writer may have meant
    for (const std::string_view key : known_)
        if (value_.find(key) == nullptr) absent.push_back(key);
    for (const Entry& entry : value_.entries)
        if (std::find(known_.begin(), known_.end(), entry.key) == known_.end())
            mistakes_.add(entry.place, fmt::format("unknown key '{}'{}", calendar::base::printable(entry.key),
                                                   suggestion(entry.key, absent)));
}

void Section::fault(std::string_view key, std::string_view fault) {
    mistakes_.add(find(key)->place, fmt::format("'{}' {}", name(key), fault));
}

void Section::must(std::string_view key, std::string_view rule) {
    config::must(*find(key), name(key), rule, mistakes_);
}

void Section::pair(std::string_view key, std::string_view other) {
    const bool first = find(key) != nullptr;
    if (first == (find(other) != nullptr)) return;
    mistakes_.add(value_.place,
                  fmt::format("'{}' without '{}'; set both or neither", first ? key : other, first ? other : key));
}

std::string Section::name(std::string_view key) const {
    return name_.empty() ? std::string(key) : fmt::format("{}.{}", name_, key);
}

}  // namespace policy::config
