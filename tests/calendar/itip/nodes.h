#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/base/text.h"
#include "calendar/itip/text/document.h"

/// Calendar texts read by a naive reader of the tests' own, so that the engine's is not its own judge.
namespace round_trip {

using namespace calendar::base;
using namespace calendar::itip;
using Lines = std::vector<std::string>;

/// A component as its content lines, unfolded.
struct Node {
    std::string name;  ///< upper case
    Lines lines;
    std::vector<Node> children;
};

/// The name of the property on a line, upper case.
inline std::string name_of(std::string_view line) {
    return uppered(line.substr(0, line.find_first_of(":;")));
}

/// The value of the first property of that name, of lines whose parameters have no colon.
inline std::string value_of(const Node& node, std::string_view name) {
    for (const std::string& line : node.lines)
        if (name_of(line) == name) return line.substr(line.find(':') + 1);
    return {};
}

inline void drop_lines(Node& node, std::initializer_list<std::string_view> names) {
    std::erase_if(node.lines, [&](const std::string& line) { return std::ranges::count(names, name_of(line)) > 0; });
}

/// Puts the line in the place of the one of its name, or adds it.
inline void put_line(Node& node, const std::string& line) {
    const auto found =
        std::ranges::find_if(node.lines, [&](const std::string& old) { return name_of(old) == name_of(line); });
    if (found == node.lines.end())
        node.lines.push_back(line);
    else
        *found = line;
}

/// As a component is written: BEGIN, properties, components, END; BEGIN and END in upper case.
inline void put_lines(const Node& node, Lines& out) {
    out.push_back("BEGIN:" + node.name);
    out.insert(out.end(), node.lines.begin(), node.lines.end());
    for (const Node& child : node.children)
        put_lines(child, out);
    out.push_back("END:" + node.name);
}

inline std::string shown(const Node& node) {
    Lines lines;
    put_lines(node, lines);
    std::string text;
    for (const std::string& line : lines)
        text += line + '\n';
    return text;
}

/// The content lines: RFC 5545 3.1 says that a line end with a blank or tab behind it is no line end.
inline Lines unfolded(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    Lines lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!lines.empty() && (line.starts_with(' ') || line.starts_with('\t')))
            lines.back() += line.substr(1);
        else if (!line.empty())
            lines.emplace_back(line);
    }
    return lines;
}

/// The components of a sound text.
inline std::vector<Node> nodes_of(std::string_view text) {
    std::vector<Node> open{{}};
    for (const std::string& line : unfolded(text)) {
        const std::string name = name_of(line);
        const std::string value = uppered(trimmed(std::string_view(line).substr(line.find(':') + 1)));
        if (name == "BEGIN") {
            open.push_back({value, {}, {}});
        } else if (name == "END") {
            REQUIRE(open.size() > 1);
            REQUIRE(open.back().name == value);
            Node closed = std::move(open.back());
            open.pop_back();
            open.back().children.push_back(std::move(closed));
        } else {
            open.back().lines.push_back(line);
        }
    }
    REQUIRE(open.size() == 1);
    return std::move(open.front().children);
}

inline Node node_of(std::string_view text) {
    auto nodes = nodes_of(text);
    REQUIRE(nodes.size() == 1);
    return std::move(nodes.front());
}

inline Node node_of(const Component& component) {
    Node node{component.name, {}, {}};
    for (const Property& property : component.properties) {
        std::string line = property.name;
        for (const Parameter& parameter : property.parameters)
            line += ';' + parameter.name + '=' + parameter.value;
        node.lines.push_back(line + ':' + property.value);
    }
    for (const Component& child : component.components)
        node.children.push_back(node_of(child));
    return node;
}

}  // namespace round_trip
