#include "milter/mail/header/header.h"

#include "milter/mail/header/from.h"

namespace milter::mail {

namespace {

bool is_empty(std::string_view line) noexcept {
    return line == "\r\n" || line == "\n";
}

bool is_continued(char c) noexcept {
    return c == ' ' || c == '\t';
}

std::string_view without_end_space(std::string_view name) noexcept {
    return name.substr(0, name.find_last_not_of(" \t") + 1);
}

}  // namespace

std::string_view first_line(std::string_view text) noexcept {
    const auto end = text.find('\n');
    return end == std::string_view::npos ? text : text.substr(0, end + 1);
}

std::string_view without_line_end(std::string_view line) noexcept {
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::string_view Field::text() const noexcept {
    return calendar::base::trimmed(value, calendar::base::white_space);
}

HeaderLines first_lines(std::string_view header) noexcept {
    auto length = first_line(header).size();
    while (length < header.size() && is_continued(header[length]))
        length += first_line(header.substr(length)).size();
    HeaderLines found{header.substr(0, length), {}};
    const auto whole = without_line_end(found.lines);
    const auto colon = whole.find(':');
    if (colon == std::string_view::npos) return found;
    const auto name = without_end_space(whole.substr(0, colon));
    if (name.empty() || name.find_first_of("\r\n") != std::string_view::npos) return found;
    found.field = {name, whole.substr(colon + 1), whole};
    return found;
}

Header Header::of(std::string_view message) {
    std::vector<Field> fields;
    std::size_t at = 0;
    while (at < message.size() && !is_empty(first_line(message.substr(at)))) {
        const auto next = first_lines(message.substr(at));
        at += next.lines.size();
        if (!next.field.name.empty() && fields.size() <= most_fields) fields.push_back(next.field);
    }
    return {std::move(fields), message.substr(0, at)};
}

Header::Header(std::vector<Field> fields, std::string_view bytes)
    : fields_(std::move(fields)), bytes_(bytes), from_(one_mailbox(fields_, "From")) {}

std::string_view Header::body_of(std::string_view message) const noexcept {
    const auto rest = message.substr(bytes_.size());
    return rest.substr(first_line(rest).size());
}

std::string_view HeaderWriter::add(std::string_view name, std::string_view separator, std::string_view value) {
    field_.assign(name).append(separator);
    for (auto rest = value;;) {
        const auto lf = rest.find('\n');
        if (lf == std::string_view::npos) {
            field_.append(rest);
            break;
        }
        field_.append(without_line_end(rest.substr(0, lf + 1))).append("\r\n");
        rest.remove_prefix(lf + 1);
        folded_ = folded_ && !rest.empty() && is_continued(rest.front());
    }
    if (places_.size() <= most_fields)
        places_.push_back({.start = end_,
                           .name = without_end_space(name).size(),
                           .value = end_ + name.size() + 1,
                           .end = end_ + field_.size()});
    field_.append("\r\n");
    end_ += field_.size();
    return field_;
}

Header HeaderWriter::header(std::string_view message) const {
    // What the MTA calls one field is several to everybody who reads the message: it is read as they do.
    if (!folded_) return Header::of(message);
    std::vector<Field> fields;
    fields.reserve(places_.size());
    for (const auto& [start, name, value, end] : places_)
        fields.push_back(
            {message.substr(start, name), message.substr(value, end - value), message.substr(start, end - start)});
    return {std::move(fields), message.substr(0, end_)};
}

void HeaderWriter::clear() noexcept {
    places_.clear();
    end_ = 0;
    folded_ = true;
}

}  // namespace milter::mail
