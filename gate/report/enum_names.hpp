// Names of enumerators, as results quote them. A closed set is an enum in the code and a word in
// JSON.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>

namespace sgproof::gate {

/// Specialise with `static constexpr std::array<std::string_view, N> list`, in order of the enum.
template <class E>
struct EnumNames;

template <class E>
concept NamedEnum = std::is_enum_v<E> && requires { EnumNames<E>::list.size(); };

/// The word for an enumerator.
template <NamedEnum E>
constexpr std::string_view name(E value) {
  return EnumNames<E>::list.at(static_cast<std::size_t>(value));
}

/// The enumerator for a word, or nothing.
template <NamedEnum E>
constexpr std::optional<E> enum_from(std::string_view word) {
  for (std::size_t i = 0; i < EnumNames<E>::list.size(); ++i)
    if (EnumNames<E>::list[i] == word) return static_cast<E>(i);
  return std::nullopt;
}

}  // namespace sgproof::gate
