// Random numbers without a state: each is a function of a key and a counter.
//
// The key of a row comes from the seed, the update, the layer, the step and the row of the batch. So noise
// and dropout do not depend on how rows are shared among threads, and a resumed run draws what the
// uninterrupted one would have drawn, with nothing to save but the seed and the number of the update. (Always
// inlined: these are compiled for several instruction sets, and the linker must not merge the results.)
#pragma once

#include <cstdint>

namespace elman {

// The finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
[[gnu::always_inline]] inline std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

[[gnu::always_inline]] inline std::uint64_t derive(std::uint64_t key, std::uint64_t index) {
  return mix(key + 0x9e3779b97f4a7c15u * (index + 1));
}

// 32 bits for the counter j under a key: the finalizer of MurmurHash3 (Appleby), twice, in 32-bit arithmetic
// so that compilers turn a loop over j into vectors.
[[gnu::always_inline]] inline std::uint32_t bits(std::uint64_t key, std::uint32_t j) {
  std::uint32_t z = j * 0x9e3779b9u + static_cast<std::uint32_t>(key);
  z = (z ^ (z >> 16)) * 0x85ebca6bu;
  z = (z ^ (z >> 13)) * 0xc2b2ae35u;
  z ^= static_cast<std::uint32_t>(key >> 32);
  z = (z ^ (z >> 16)) * 0x85ebca6bu;
  z = (z ^ (z >> 13)) * 0xc2b2ae35u;
  return z ^ (z >> 16);
}

}  // namespace elman
