// NumPy's default generator, so that the same seed draws the same weights and pairs in a page as in Python.
//
// SeedSequence hashes words of 32 bits into a pool, and the pool into a state (O'Neill, "Developing a seed_seq
// alternative", 2015). PCG64 is a linear congruential generator of 128 bits whose output is the exclusive or of its
// halves, turned by its top bits (O'Neill, "PCG: a family of simple fast space-efficient statistically good
// algorithms for random number generation", 2014). Whole numbers below a bound are drawn as in Lemire, "Fast random
// integer generation in an interval", 2019.
#pragma once

#include <cstdint>
#include <span>

namespace elman {

class SeedSequence {
 public:
  explicit SeedSequence(std::span<const std::uint32_t> entropy) {
    const auto word = [&](std::size_t i) { return i < entropy.size() ? entropy[i] : 0; };
    for (std::size_t i = 0; i < kPool; ++i) pool_[i] = hash(word(i));
    for (std::size_t from = 0; from < kPool; ++from)
      for (std::size_t to = 0; to < kPool; ++to)
        if (from != to) pool_[to] = mixed(pool_[to], hash(pool_[from]));
    for (std::size_t i = kPool; i < entropy.size(); ++i)
      for (std::uint32_t& to : pool_) to = mixed(to, hash(entropy[i]));
  }

  // 64 bits at a time, the low half first.
  std::uint64_t next() {
    const std::uint64_t low = word();
    return low | std::uint64_t(word()) << 32;
  }

 private:
  static constexpr std::size_t kPool = 4;

  std::uint32_t hash(std::uint32_t value) {
    value ^= of_pool_;
    of_pool_ *= 0x931e8875u;
    value *= of_pool_;
    return value ^ (value >> 16);
  }
  static std::uint32_t mixed(std::uint32_t x, std::uint32_t y) {
    const std::uint32_t z = 0xca01f9ddu * x - 0x4973f715u * y;
    return z ^ (z >> 16);
  }
  std::uint32_t word() {
    std::uint32_t value = pool_[drawn_++ % kPool] ^ of_state_;
    of_state_ *= 0x58f38dedu;
    value *= of_state_;
    return value ^ (value >> 16);
  }

  std::uint32_t pool_[kPool], of_pool_ = 0x43b0d7e5u, of_state_ = 0x8b51f9ddu;
  std::size_t drawn_ = 0;
};

class Generator {
 public:
  explicit Generator(SeedSequence seeds) {
    const Wide state = wide(seeds);
    step_ = wide(seeds) << 1 | 1;
    advance();
    state_ += state;
    advance();
  }

  // In [0, 1).
  double uniform() { return double(next64() >> 11) * 0x1p-53; }

  // In [0, last].
  std::uint64_t up_to(std::uint64_t last) {
    if (last == 0) return 0;
    if (last == ~std::uint64_t(0)) return next64();
    if (last > kLargest) return bounded<std::uint64_t, Wide>(last, [this] { return next64(); });
    if (last == kLargest) return next32();
    return bounded<std::uint32_t, std::uint64_t>(std::uint32_t(last), [this] { return next32(); });
  }

 private:
  __extension__ using Wide = unsigned __int128;
  static constexpr std::uint64_t kLargest = ~std::uint32_t(0);

  static Wide wide(SeedSequence& seeds) {
    const Wide high = seeds.next();
    return high << 64 | seeds.next();
  }

  void advance() { state_ = state_ * (Wide(0x2360ed051fc65da4u) << 64 | 0x4385df649fccf645u) + step_; }

  std::uint64_t next64() {
    advance();
    const std::uint64_t folded = std::uint64_t(state_ >> 64) ^ std::uint64_t(state_);
    const int turn = int(state_ >> 122);
    return folded >> turn | folded << (-turn & 63);
  }

  // Each draw serves twice, the low half first.
  std::uint32_t next32() {
    if (kept_) return kept_ = false, std::uint32_t(half_ >> 32);
    kept_ = true, half_ = next64();
    return std::uint32_t(half_);
  }

  // The high half of draw * bound, where the low half does not fall into the part that would be drawn too often.
  template <class Word, class Product, class F>
  static Word bounded(Word last, F&& draw) {
    const Word bound = last + 1;
    Product product = Product(draw()) * bound;
    if (Word(product) < bound)
      for (const Word least = Word(-bound) % bound; Word(product) < least;) product = Product(draw()) * bound;
    return Word(product >> (8 * sizeof(Word)));
  }

  Wide state_ = 0, step_ = 0;
  std::uint64_t half_ = 0;
  bool kept_ = false;
};

}  // namespace elman
