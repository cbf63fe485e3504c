// The table of activations: formula and derivative, vector by vector.  The same names, formulas and
// derivatives as actselect/activations.py, against which a test compares every row.
//
// A forward pass stores one number per use, the key.  It is the value where the derivative is a
// function of the value, and the pre-activation otherwise.
//
// Polynomials and quotients of polynomials were fitted by reweighted least squares to functions in
// 40-digit arithmetic; the largest relative error, rounding included, stands beside each.
#pragma once

#include "simd.hpp"

namespace actselect::ACTSELECT_ISA {

template <std::size_t N>
ACTSELECT_INLINE V polynomial(V u, const float (&c)[N]) {
  V sum = splat(c[N - 1]);
  for (std::size_t i = N - 1; i-- > 0;) sum = sum * u + splat(c[i]);
  return sum;
}

struct Reduced {
  V n;
  V rest;  // e^r - 1, |r| <= ln(2) / 2
};

// e^x = 2^n e^r.  Clamped so that 2^n is a normal number.  Error 9e-8.
ACTSELECT_INLINE Reduced reduce(V x) {
  x = clamp(x, -87.0F, 88.0F);
  const V n = round(x * splat(1.44269504F));
  V r = x - n * splat(0.693359375F);  // ln 2 in two parts, the first with few bits
  r = r - n * splat(-2.12194440e-4F);
  const V p = polynomial(r, {0.4999999702F, 0.1666650623F, 0.0416671373F, 0.00836906862F, 0.00138888671F});
  return {n, r + r * r * p};
}

ACTSELECT_INLINE V exponential(V x) {
  const Reduced e = reduce(x);
  return scale(splat(1.0F) + e.rest, e.n);
}

ACTSELECT_INLINE V exponential_minus_one(V x) {
  const Reduced e = reduce(x);
  const V power = scale(splat(1.0F), e.n);
  return power * e.rest + (power - splat(1.0F));
}

// tanh(x) = x P(x^2) / Q(x^2) up to 9, where it rounds to 1.  Error 4e-7.
ACTSELECT_INLINE V hyperbolic_tangent(V x) {
  x = clamp(x, -9.0F, 9.0F);
  const V u = x * x;
  const V p = polynomial(u, {1.0F, 0.133803129F, 0.00349474093F, 2.05950873e-05F, 1.33351419e-08F});
  const V q = polynomial(u, {1.0F, 0.467136294F, 0.0258737616F, 0.000328424707F, 7.76859792e-07F});
  return clamp(x * p / q, -1.0F, 1.0F);
}

// Phi(x) = 1 / 2 + x P(x^2) / Q(x^2) / 2 up to 5.47, and 0 or 1 beyond.  Absolute error 2e-7.
ACTSELECT_INLINE V normal_distribution(V x) {
  const Mask beyond = absolute(x) > splat(5.47F);
  x = clamp(x, -5.47F, 5.47F);
  const V u = x * x;
  const V p = polynomial(u, {0.797884524F, 0.0667134374F, 0.00929201301F, 0.00032727979F, 1.26112063e-05F, 4.61586502e-08F});
  const V q = polynomial(u, {1.0F, 0.250279307F, 0.0283596832F, 0.00185533834F, 7.19214731e-05F, 1.20363620e-06F});
  const V inner = clamp(x * p / q, -1.0F, 1.0F);
  return splat(0.5F) + splat(0.5F) * select(beyond, copy_sign(splat(1.0F), x), inner);
}

// ln(1 + u) for u in [0, 1].  Error 3e-7.
ACTSELECT_INLINE V logarithm_plus_one(V u) {
  return u * polynomial(u, {1.0F, 1.06621802F, 0.238157243F, 0.00341727352F}) /
         polynomial(u, {1.0F, 1.56621778F, 0.68793577F, 0.0752871782F});
}

ACTSELECT_INLINE V logistic(V x) { return splat(1.0F) / (splat(1.0F) + exponential(-x)); }

// x - n pi, and the parity of n in the sign bit.  pi in three parts, the first two with few bits.
ACTSELECT_INLINE V reduce_by_pi(V x, Mask& sign) {
  constexpr float ROUNDING = 12582912.0F;  // 1.5 * 2^23: a number this large has no fraction
  const V shifted = x * splat(0.318309886F) + splat(ROUNDING);
  const V n = shifted - splat(ROUNDING);
  V r = x - n * splat(3.140625F);
  r = r - n * splat(9.67502594e-4F);
  r = r - n * splat(1.50995799e-7F);
  sign = bits(shifted) << 31;
  return clamp(r, -1.6F, 1.6F);  // beyond 1e6 no digits are left; the value stays in range
}

struct Identity {
  static constexpr const char* NAME = "identity";
  static constexpr bool FROM_VALUE = true;
  static ACTSELECT_INLINE V value(V x) { return x; }
  static ACTSELECT_INLINE V slope(V) { return splat(1.0F); }
};

struct Tanh {
  static constexpr const char* NAME = "tanh";
  static constexpr bool FROM_VALUE = true;
  static ACTSELECT_INLINE V value(V x) { return hyperbolic_tangent(x); }
  static ACTSELECT_INLINE V slope(V y) { return splat(1.0F) - y * y; }
};

struct Hardtanh {
  static constexpr const char* NAME = "hardtanh";
  static constexpr bool FROM_VALUE = true;
  static ACTSELECT_INLINE V value(V x) { return clamp(x, -1.0F, 1.0F); }
  static ACTSELECT_INLINE V slope(V y) { return select(absolute(y) < splat(1.0F), splat(1.0F), V{}); }
};

struct Softsign {
  static constexpr const char* NAME = "softsign";
  static constexpr bool FROM_VALUE = true;
  static ACTSELECT_INLINE V value(V x) { return x / (splat(1.0F) + absolute(x)); }
  static ACTSELECT_INLINE V slope(V y) {
    const V d = splat(1.0F) - absolute(y);
    return d * d;
  }
};

struct PenalizedTanh {
  static constexpr const char* NAME = "penalized_tanh";
  static constexpr bool FROM_VALUE = true;
  static ACTSELECT_INLINE V value(V x) {
    const V t = hyperbolic_tangent(x);
    return select(x > V{}, t, splat(0.25F) * t);
  }
  static ACTSELECT_INLINE V slope(V y) {
    return select(y > V{}, splat(1.0F) - y * y, splat(0.25F) - splat(4.0F) * (y * y));
  }
};

// atan(x) by the quotient on [-1, 1] and pi / 2 - atan(1 / x) outside.  Error 3e-7.
struct Arctan {
  static constexpr const char* NAME = "arctan";
  static constexpr bool FROM_VALUE = false;
  static ACTSELECT_INLINE V value(V x) {
    const V a = absolute(x);
    const Mask outside = a > splat(1.0F);
    const V z = select(outside, splat(1.0F) / a, a);
    const V u = z * z;
    const V inner = z * polynomial(u, {1.0F, 1.12905276F, 0.286150992F, 0.00889592618F}) /
                    polynomial(u, {1.0F, 1.46238601F, 0.57361567F, 0.0504579097F});
    return copy_sign(select(outside, splat(1.57079633F) - inner, inner), x);
  }
  static ACTSELECT_INLINE V slope(V x) { return splat(1.0F) / (splat(1.0F) + x * x); }
};

struct Sigmoid {
  static constexpr const char* NAME = "sigmoid";
  static constexpr bool FROM_VALUE = true;
  static ACTSELECT_INLINE V value(V x) { return logistic(x); }
  static ACTSELECT_INLINE V slope(V y) { return y - y * y; }
};

struct HardSigmoid {
  static constexpr const char* NAME = "hard_sigmoid";
  static constexpr bool FROM_VALUE = true;
  static ACTSELECT_INLINE V value(V x) { return clamp(x * splat(1.0F / 6.0F) + splat(0.5F), 0.0F, 1.0F); }
  static ACTSELECT_INLINE V slope(V y) {
    return select((y > V{}) & (y < splat(1.0F)), splat(1.0F / 6.0F), V{});
  }
};

struct Elliott {
  static constexpr const char* NAME = "elliott";
  static constexpr bool FROM_VALUE = true;
  static ACTSELECT_INLINE V value(V x) { return splat(0.5F) * x / (splat(1.0F) + absolute(x)) + splat(0.5F); }
  static ACTSELECT_INLINE V slope(V y) {
    const V d = splat(1.0F) - absolute(y + y - splat(1.0F));
    return splat(0.5F) * (d * d);
  }
};

struct Relu {
  static constexpr const char* NAME = "relu";
  static constexpr bool FROM_VALUE = true;
  static ACTSELECT_INLINE V value(V x) { return at_least(x, 0.0F); }
  static ACTSELECT_INLINE V slope(V y) { return select(y > V{}, splat(1.0F), V{}); }
};

struct LeakyRelu {
  static constexpr const char* NAME = "leaky_relu";
  static constexpr bool FROM_VALUE = true;
  static ACTSELECT_INLINE V value(V x) { return select(x > V{}, x, splat(0.01F) * x); }
  static ACTSELECT_INLINE V slope(V y) { return select(y > V{}, splat(1.0F), splat(0.01F)); }
};

struct Elu {
  static constexpr const char* NAME = "elu";
  static constexpr bool FROM_VALUE = true;
  static ACTSELECT_INLINE V value(V x) { return select(x > V{}, x, exponential_minus_one(x)); }
  static ACTSELECT_INLINE V slope(V y) { return select(y > V{}, splat(1.0F), y + splat(1.0F)); }
};

struct Selu {
  static constexpr const char* NAME = "selu";
  static constexpr bool FROM_VALUE = true;
  static constexpr float SCALE = 1.05070099F;
  static constexpr float SCALE_ALPHA = 1.75809934F;
  static ACTSELECT_INLINE V value(V x) {
    return select(x > V{}, splat(SCALE) * x, splat(SCALE_ALPHA) * exponential_minus_one(x));
  }
  static ACTSELECT_INLINE V slope(V y) { return select(y > V{}, splat(SCALE), y + splat(SCALE_ALPHA)); }
};

struct Gelu {
  static constexpr const char* NAME = "gelu";
  static constexpr bool FROM_VALUE = false;
  static ACTSELECT_INLINE V value(V x) { return x * normal_distribution(x); }
  static ACTSELECT_INLINE V slope(V x) {
    const V density = splat(0.39894228F) * exponential(splat(-0.5F) * x * x);
    return normal_distribution(x) + x * density;
  }
};

struct Silu {
  static constexpr const char* NAME = "silu";
  static constexpr bool FROM_VALUE = false;
  static ACTSELECT_INLINE V value(V x) { return x * logistic(x); }
  static ACTSELECT_INLINE V slope(V x) {
    const V s = logistic(x);
    return s + x * (s - s * s);
  }
};

// With e = e^x, tanh(ln(1 + e)) is e (e + 2) / (e (e + 2) + 2); beyond 20 it rounds to 1.
struct Mish {
  static constexpr const char* NAME = "mish";
  static constexpr bool FROM_VALUE = false;
  static ACTSELECT_INLINE V gate(V e) {
    const V w = e * (e + splat(2.0F));
    return w / (w + splat(2.0F));
  }
  static ACTSELECT_INLINE V value(V x) { return x * gate(exponential(clamp(x, -87.0F, 20.0F))); }
  static ACTSELECT_INLINE V slope(V x) {
    const V e = exponential(clamp(x, -87.0F, 20.0F));
    const V t = gate(e);
    return t + x * (e / (splat(1.0F) + e)) * (splat(1.0F) - t * t);
  }
};

struct Softplus {
  static constexpr const char* NAME = "softplus";
  static constexpr bool FROM_VALUE = true;
  static ACTSELECT_INLINE V value(V x) {
    return Relu::value(x) + logarithm_plus_one(exponential(-absolute(x)));
  }
  static ACTSELECT_INLINE V slope(V y) { return -exponential_minus_one(-y); }
};

struct Sin {
  static constexpr const char* NAME = "sin";
  static constexpr bool FROM_VALUE = false;
  static ACTSELECT_INLINE V value(V x) {
    Mask sign;
    const V r = reduce_by_pi(x, sign);
    const V u = r * r;
    const V y = r * polynomial(u, {1.0F, -0.166666567F, 0.0083330255F, -0.00019807418F, 2.60190313e-06F});
    return from_bits(bits(clamp(y, -1.0F, 1.0F)) ^ sign);
  }
  static ACTSELECT_INLINE V slope(V x) {
    Mask sign;
    const V r = reduce_by_pi(x, sign);
    const V y = polynomial(r * r, {1.0F, -0.5F, 0.0416666381F, -0.00138883619F, 2.4760162e-05F, -2.60514952e-07F});
    return from_bits(bits(clamp(y, -1.0F, 1.0F)) ^ sign);
  }
};

// The vectors of a tile in memory: those of row r and unit vector v begin at base + v unit + r row.
struct Place {
  float* base;
  Index unit;
  Index row;
  ACTSELECT_INLINE float* at(Index r, Index v, Index slot = 0) const { return base + v * unit + r * row + slot * W; }
  ACTSELECT_INLINE Place from(Index slot) const { return {base == nullptr ? nullptr : base + slot * W, unit, row}; }
};

struct Tile {
  int rows;
  int units;
};

constexpr int MOST_SLOTS = 3;  // vectors per row and unit that have the same activation

// One row of the table.  Both functions are called for a whole tile, with 1 to 3 slots: the calls
// cost nothing then, and several chains of arithmetic overlap.
struct Activation {
  const char* name;
  bool from_value;
  // Values of x, and the keys if there is a place for them.  Returns where the values are: among the
  // keys or in the place of x.
  Place (*values[MOST_SLOTS + 1])(Tile, Place x, Place key);
  // Derivatives from the keys.  Returns where the values are: among the keys or in y.
  Place (*slopes[MOST_SLOTS + 1])(Tile, Place key, Place y, Place slope);
};

template <class F, int SLOTS>
Place values(Tile tile, Place x, Place key) {
  const bool keep = key.base != nullptr;
  const Place y = F::FROM_VALUE && keep ? key : x;
  for (int v = 0; v < tile.units; ++v)
    for (int r = 0; r < tile.rows; ++r)
      ACTSELECT_UNROLL
      for (int s = 0; s < SLOTS; ++s) {
        const V in = load(x.at(r, v, s));
        if (!F::FROM_VALUE && keep) store(key.at(r, v, s), in);
        store(y.at(r, v, s), F::value(in));
      }
  return y;
}

template <class F, int SLOTS>
Place slopes(Tile tile, Place key, Place y, Place slope) {
  for (int v = 0; v < tile.units; ++v)
    for (int r = 0; r < tile.rows; ++r)
      ACTSELECT_UNROLL
      for (int s = 0; s < SLOTS; ++s) {
        const V k = load(key.at(r, v, s));
        if constexpr (!F::FROM_VALUE) store(y.at(r, v, s), F::value(k));
        store(slope.at(r, v, s), F::slope(k));
      }
  return F::FROM_VALUE ? key : y;
}

template <class F>
constexpr Activation row() {
  return {F::NAME,
          F::FROM_VALUE,
          {nullptr, values<F, 1>, values<F, 2>, values<F, 3>},
          {nullptr, slopes<F, 1>, slopes<F, 2>, slopes<F, 3>}};
}

constexpr Activation ACTIVATIONS[] = {
    row<Identity>(), row<Tanh>(),        row<Hardtanh>(), row<Softsign>(), row<PenalizedTanh>(), row<Arctan>(),
    row<Sigmoid>(),  row<HardSigmoid>(), row<Elliott>(),  row<Relu>(),     row<LeakyRelu>(),     row<Elu>(),
    row<Selu>(),     row<Gelu>(),        row<Silu>(),     row<Mish>(),     row<Softplus>(),      row<Sin>(),
};
constexpr int N_ACTIVATIONS = sizeof(ACTIVATIONS) / sizeof(ACTIVATIONS[0]);

}  // namespace actselect::ACTSELECT_ISA
