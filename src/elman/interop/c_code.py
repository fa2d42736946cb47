"""The C99 that every header has, and its parts for each cell, input and readout.

`@` stands for the network's name, `^` for the same in capitals. Equations as in `docs/cells.md`. The order of sums,
and the form of f·c + i·g and n + z (h - n), are among those that the checker of proofs allows (docs/proof.md).
"""

from __future__ import annotations

# Rows of a matrix times a vector, added to sums: with numbers as they are, or whole numbers and a scale for each row.
# A scale times a whole number is exact (elman.network.packing), so both have the same weights.
PRODUCTS = {
    "float32": """\
static inline void @_add(float *sums, const float *weight, const float *v, int rows, int columns) {
  for (int row = 0; row < rows; ++row, weight += columns) {
    float sum = sums[row];
    for (int j = 0; j < columns; ++j) sum += weight[j] * v[j];
    sums[row] = sum;
  }
}
""",
    "int8": """\
static inline void @_add(float *sums, const int8_t *weight, const float *scale, const float *v, int rows,
                         int columns) {
  for (int row = 0; row < rows; ++row, weight += columns) {
    float sum = sums[row];
    for (int j = 0; j < columns; ++j) sum += scale[row] * (float)weight[j] * v[j];
    sums[row] = sum;
  }
}
""",
}

NONLINEARITIES = {
    "sigmoid": "static inline float @_sigmoid(float a) { return 1.0f / (1.0f + expf(-a)); }\n",
    "relu": "static inline float @_relu(float a) { return a > 0.0f ? a : 0.0f; }\n",
    "tanh": "static inline float @_tanh(float a) { return tanhf(a); }\n",
}

# What a unit does with its sums: a of the input, u of its own state before.
CELLS = {
    "none": "h[j] = @_FUNCTION(a[j]);",
    "rnn": "h[j] = @_FUNCTION(a[j] + u[j]);",
    "lstm": """\
const float input = @_sigmoid(a[j] + u[j]);
const float forget = @_sigmoid(a[^_HIDDEN + j] + u[^_HIDDEN + j]);
const float cell = @_tanh(a[2 * ^_HIDDEN + j] + u[2 * ^_HIDDEN + j]);
const float output = @_sigmoid(a[3 * ^_HIDDEN + j] + u[3 * ^_HIDDEN + j]);
c[j] = forget * c[j] + input * cell;
h[j] = output * @_tanh(c[j]);""",
    "gru": """\
const float reset = @_sigmoid(a[j] + u[j]);
const float update = @_sigmoid(a[^_HIDDEN + j] + u[^_HIDDEN + j]);
const float new_h = @_tanh(a[2 * ^_HIDDEN + j] + reset * u[2 * ^_HIDDEN + j]);
h[j] = new_h + update * (h[j] - new_h);""",
}
USES = {"lstm": ("sigmoid", "tanh"), "gru": ("sigmoid", "tanh")}  # of the others: their own

# How the one vector that the head reads comes to hold one step more, of top outputs h.
READOUTS = {
    "mean": """\
  const float share = 1.0f / (float)++s->steps;
  for (int j = 0; j < ^_HIDDEN; ++j) s->read[j] += share * (h[j] - s->read[j]);
""",
    "max": """\
  for (int j = 0; j < ^_HIDDEN; ++j)
    if (s->steps == 0 || h[j] > s->read[j]) s->read[j] = h[j];
  s->steps = 1;
""",
    "attention": """\
  float score = 0.0f, share = 1.0f;
  for (int j = 0; j < ^_HIDDEN; ++j) score += @_attention[j] * h[j];
  if (s->steps == 0) {
    s->steps = 1;
    s->log_sum = score;
  } else {
    const float most = score > s->log_sum ? score : s->log_sum;
    s->log_sum = most + logf(expf(s->log_sum - most) + expf(score - most));
    share = expf(score - s->log_sum);
  }
  for (int j = 0; j < ^_HIDDEN; ++j) s->read[j] += share * (h[j] - s->read[j]);
""",
}
READOUT_STATE = {  # beside h and c
    "mean": "  float read[^_HIDDEN]; /* the mean so far */\n  long steps;\n",
    "max": "  float read[^_HIDDEN]; /* the greatest so far */\n  int steps; /* 0 before the first */\n",
    "attention": "  float read[^_HIDDEN], log_sum; /* the mean so far; log of its weights' sum */\n  int steps;\n",
}
