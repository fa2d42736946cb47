"""The C99 of a listener: samples in, words out. `@` stands for its name, `^` for the same in capitals.

It does what `frames.py`, `utterances.py` and `listening.py` do, in their order; the filter bank is that of
kaldi-native-fbank. What is measured of loudness is in double precision, so that it cuts where they cut.
"""

CODE = """\
/* What was said: `word` is a number of @_words, or -1 where it is none of them; `nearest` the likeliest label. */
typedef struct {
  double time; /* seconds from the beginning of the stream to the end of the word */
  int word, nearest;
  float score; /* how probable `nearest` is, from 0 to 1 */
} @_heard;

typedef struct {
  double threshold, refractory; /* may be changed after @_begin */
  double noise, loudest, deaf, level; /* the last is that of a steady sound */
  long count, frames, base, start; /* samples, frames, the first frame that is kept, and of what is being said, or -1 */
  int held; /* frames that it has lasted */
  int run;  /* frames that are loud where nothing is said, or quiet where something is */
  float samples[2 * ^_WINDOW], rows[^_KEPT][^_BANDS];
  double loud[^_KEPT];
  float x[^_STEPS][^_INPUTS];
  @_work work;
} @_listener;

static inline void @_begin(@_listener *s) {
  s->threshold = ^_THRESHOLD;
  s->refractory = 0.2;
  s->noise = ^_ROOM;
  s->loudest = s->deaf = 0.0;
  s->count = s->frames = s->base = 0;
  s->start = -1;
  s->level = -1e300;
  s->held = s->run = 0;
}

/* --- frames --- */

/* A sample of a place; before the first and behind the last, those stand mirrored. */
static inline float @_sample(const @_listener *s, long place) {
  while (place < 0 || place >= s->count) place = place < 0 ? -place - 1 : 2 * s->count - 1 - place;
  return s->samples[place % (2 * ^_WINDOW)];
}

/* The discrete Fourier transform, in place (Cooley and Tukey, 1965). */
static inline void @_fourier(float *re, float *im) {
  for (int i = 1, j = 0; i < ^_FFT; ++i) {
    int bit = ^_FFT >> 1;
    for (; j & bit; bit >>= 1) j -= bit;
    j += bit;
    if (i < j) {
      const float swapped = re[i]; /* im is zeros */
      re[i] = re[j];
      re[j] = swapped;
    }
  }
  for (int size = 2; size <= ^_FFT; size *= 2)
    for (int first = 0; first < ^_FFT; first += size)
      for (int k = 0; k < size / 2; ++k) {
        const int i = first + k, j = i + size / 2;
        const float c = @_cosine[k * (^_FFT / size)], d = -@_sine[k * (^_FFT / size)];
        const float a = re[j] * c - im[j] * d, b = re[j] * d + im[j] * c;
        re[j] = re[i] - a;
        im[j] = im[i] - b;
        re[i] += a;
        im[i] += b;
      }
}

/* The logarithms of the energies in the bands of a frame, and of their mean. */
static inline double @_energies(const @_listener *s, long frame, float *row) {
  const long first = frame * ^_SHIFT + ^_SHIFT / 2 - ^_WINDOW / 2;
  float re[^_FFT], im[^_FFT], mean = 0.0f;
  for (int i = 0; i < ^_FFT; ++i) {
    re[i] = i < ^_WINDOW ? @_sample(s, first + i) : 0.0f;
    im[i] = 0.0f;
    mean += re[i];
  }
  mean /= (float)^_WINDOW;
  for (int i = 0; i < ^_WINDOW; ++i) re[i] -= mean;
  for (int i = ^_WINDOW - 1; i >= 0; --i) re[i] = @_window[i] * (re[i] - 0.97f * re[i > 0 ? i - 1 : 0]);
  @_fourier(re, im);
  double sum = 0.0;
  const float *weight = @_bank;
  for (int band = 0; band < ^_BANDS; ++band) {
    float energy = 0.0f;
    for (int k = @_bins[2 * band]; k < @_bins[2 * band + 1]; ++k) energy += *weight++ * (re[k] * re[k] + im[k] * im[k]);
    row[band] = logf(energy > ^_EPSILON ? energy : ^_EPSILON);
    sum += exp((double)row[band]);
  }
  return log(sum / ^_BANDS);
}

/* --- answers --- */

/* The percentile of a take's frames, by their strongest band, that its energies are relative to. */
static inline float @_loudness(const @_listener *s, long first, int steps) {
  float sorted[^_STEPS];
  for (int t = 0; t < steps; ++t) {
    const float *row = s->rows[(first + t) % ^_KEPT];
    float most = row[0];
    for (int band = 1; band < ^_BANDS; ++band) most = row[band] > most ? row[band] : most;
    int place = t;
    for (; place > 0 && sorted[place - 1] > most; --place) sorted[place] = sorted[place - 1];
    sorted[place] = most;
  }
  const float at = ^_LOUD * (float)(steps - 1);
  const int below = (int)at, above = below + 1 < steps ? below + 1 : below;
  return sorted[below] + (sorted[above] - sorted[below]) * (at - (float)below);
}

/* What the network reads of frames: cepstra and their slopes, normalised. */
static inline void @_encode(@_listener *s, long first, int steps) {
  const float loudest = @_loudness(s, first, steps);
  for (int t = 0; t < steps; ++t)
    for (int c = 0; c < ^_CEPSTRA; ++c) {
      float sum = 0.0f;
      for (int band = 0; band < ^_BANDS; ++band)
        sum += (s->rows[(first + t) % ^_KEPT][band] - loudest) * @_transform[band * ^_CEPSTRA + c];
      s->x[t][c] = sum;
    }
  const int last = steps - 1;
  for (int t = 0; t < steps; ++t) {
    const int one = t < last ? t + 1 : last, two = t + 2 < last ? t + 2 : last;
    const int before = t > 0 ? t - 1 : 0, far = t > 1 ? t - 2 : 0;
    for (int c = 0; c < ^_CEPSTRA; ++c)
      s->x[t][^_CEPSTRA + c] = (2.0f * (s->x[two][c] - s->x[far][c]) + (s->x[one][c] - s->x[before][c])) / 10.0f;
  }
  for (int t = 0; t < steps; ++t)
    for (int j = 0; j < ^_INPUTS; ++j) s->x[t][j] = (s->x[t][j] - @_mean[j]) / @_deviation[j];
}

static inline void @_ask(@_listener *s, long first, long last, @_heard *heard) {
  long begin = first - ^_BEFORE, end = last + ^_BEHIND + 1;
  float y[^_OUTPUTS], sum = 0.0f;
  if (begin < s->base) begin = s->base;
  if (end > s->frames) end = s->frames;
  if (end - begin > ^_STEPS) end = begin + ^_STEPS;
  @_encode(s, begin, (int)(end - begin));
  @_answer(&s->work, s->x[0], (int)(end - begin), y);
  int best = 0;
  for (int k = 1; k < ^_OUTPUTS; ++k) best = y[k] > y[best] ? k : best;
  for (int k = 0; k < ^_OUTPUTS; ++k) sum += expf(y[k] - y[best]);
  heard->time = (double)(last + 1) * ^_SECONDS;
  heard->nearest = best;
  heard->score = 1.0f / sum;
  const int told = @_said[best] && heard->score >= s->threshold && (double)first * ^_SECONDS >= s->deaf;
  heard->word = told ? best : -1;
  if (told) s->deaf = heard->time + s->refractory;
}

/* --- utterances --- */

static inline double @_recent(const @_listener *s, long frames) {
  double sum = 0.0;
  if (frames > s->frames - s->base) frames = s->frames - s->base;
  for (long t = s->frames - frames; t < s->frames; ++t) sum += s->loud[t % ^_KEPT];
  return sum / (double)frames;
}

/* What was being said is over. */
static inline void @_cut(@_listener *s, @_heard *heard) {
  double most = s->loud[s->start % ^_KEPT];
  for (long t = s->start; t < s->frames; ++t) most = s->loud[t % ^_KEPT] > most ? s->loud[t % ^_KEPT] : most;
  double least = s->noise + ^_OFF < most ? s->noise + ^_OFF : most;
  least = most - ^_RANGE > least ? most - ^_RANGE : least;
  long first = s->start, last = s->frames - 1;
  while (s->loud[first % ^_KEPT] < least) ++first;
  while (s->loud[last % ^_KEPT] < least) --last;
  s->start = -1;
  s->run = 0;
  @_ask(s, first, last, heard);
}

/* One more frame; 1 where an utterance ends with it. */
static inline int @_frame(@_listener *s, @_heard *heard) {
  const long t = s->frames++;
  const double loud = s->loud[t % ^_KEPT] = @_energies(s, t, s->rows[t % ^_KEPT]);
  const double level = @_recent(s, ^_SMOOTH), risen = s->noise + ^_RISE;
  s->noise = level < risen ? level : risen;
  if (s->noise < ^_FAINTEST) s->noise = ^_FAINTEST;
  if (fabs(level - s->level) < ^_STEADY) {
    if (s->held < ^_HELD) ++s->held;
  } else {
    s->level = level;
    s->held = 0;
  }
  if (s->start < 0) {
    s->run = loud > s->noise + ^_ON ? s->run + 1 : 0;
    if (s->run == ^_LOUDLY) {
      s->start = s->frames - ^_LOUDLY;
      s->loudest = s->loud[s->start % ^_KEPT];
      for (long k = s->start; k < s->frames; ++k)
        s->loudest = s->loud[k % ^_KEPT] > s->loudest ? s->loud[k % ^_KEPT] : s->loudest;
      s->run = 0;
    } else if (s->frames - s->base > ^_QUIETLY) {
      s->base = s->frames - ^_QUIETLY;
    }
    return 0;
  }
  s->loudest = loud > s->loudest ? loud : s->loudest;
  const double near = s->noise + ^_OFF, far = s->loudest - ^_FALL;
  s->run = loud > (near > far ? near : far) ? 0 : s->run + 1;
  if (s->run == ^_END) {
    const double after = @_recent(s, ^_SMOOTH);
    @_cut(s, heard);
    s->noise = after;
    return 1;
  }
  if (s->held >= ^_END && s->loudest > s->level + ^_ON) { /* after a word, louder noise */
    s->noise = s->level;
    @_cut(s, heard);
    return 1;
  }
  if (s->held >= ^_HELD) { /* no word: louder noise */
    s->noise = s->level;
    s->start = -1;
    s->run = 0;
  } else if (s->frames - s->start >= ^_LONGEST) { /* the same, which is not steady */
    s->noise = @_recent(s, (^_LONGEST + 1) / 2);
    s->start = -1;
    s->run = 0;
  }
  return 0;
}

/* One more sample, from -1 to 1; 1 where an utterance ends with it, and `heard` says which. */
static inline int @_feed(@_listener *s, float sample, @_heard *heard) {
  s->samples[s->count++ % (2 * ^_WINDOW)] = sample;
  if (s->count < s->frames * ^_SHIFT + ^_SHIFT / 2 - ^_WINDOW / 2 + ^_WINDOW) return 0;
  return @_frame(s, heard);
}

/* The stream has ended: 1 for each utterance that ends with it; it is to be called until it gives 0. */
static inline int @_finish(@_listener *s, @_heard *heard) {
  while (s->frames < (s->count + ^_SHIFT / 2) / ^_SHIFT)
    if (@_frame(s, heard)) return 1;
  if (s->start < 0) return 0;
  @_cut(s, heard);
  return 1;
}
"""
