// The exact answer that a network is held to: what Bayes' rule says of the next toss, as coins.py does.

function logaddexp(x, y) {
  const most = Math.max(x, y);
  return most === -Infinity ? most : most + Math.log1p(Math.exp(-Math.abs(x - y)));
}

/** The chance that log-odds stand for. */
export function sigmoid(odds) {
  return 1 / (1 + Math.exp(-odds));
}

/** The log-odds of a chance. */
export function logOdds(chance) {
  return Math.log(chance / (1 - chance));
}

/** Beta(a, b): the chance of heads stays. */
function beta({a, b}, tosses) {
  let heads = 0;
  return [a / (a + b), ...tosses.map((toss, t) => (a + (heads += toss)) / (a + b + t + 1))];
}

/** Two coins that may be exchanged after each toss: the filter of a hidden Markov model, in log-odds of the first. */
function twoCoins({p, q, switch: change}, tosses) {
  const go = Math.log(change), stay = Math.log1p(-change);
  let odds = 0;
  const chance = () => q + (p - q) * sigmoid(odds);
  return [chance(), ...tosses.map(toss => {
    const seen = odds + (toss ? Math.log(p / q) : Math.log((1 - p) / (1 - q)));
    odds = logaddexp(stay + seen, go) - logaddexp(go + seen, stay);
    return chance();
  })];
}

/** The chances of heads next, before the first of the tosses (1 heads, 0 tails) and after each. */
export function predictive(prior, tosses) {
  return "a" in prior ? beta(prior, tosses) : twoCoins(prior, tosses);
}

/** Nats from an exact chance to that of log-odds: Kullback and Leibler (1951). */
export function divergence(exact, odds) {
  const cost = exact * logaddexp(0, -odds) + (1 - exact) * logaddexp(0, odds);
  return Math.max(0, cost + exact * Math.log(exact) + (1 - exact) * Math.log1p(-exact));
}
