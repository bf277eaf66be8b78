#pragma once

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/ranges.h>

/// For every file of a program that compares such lists, or what one prints depends on which the linker takes.
template <>
struct doctest::StringMaker<std::vector<std::string>> {
    static doctest::String convert(const std::vector<std::string>& texts) { return fmt::format("{}", texts).c_str(); }
};
