// What the network says of a session, and of the session without each of its clicks.

export class Network {
  constructor(net) {
    this.net = net;
  }

  /** The `count` likeliest items: { item, chance, because }, the place of the click without which each were least likely. */
  next(session, count) {
    const whole = this.logs([session])[0];
    const order = Array.from(whole, (_, item) => item).sort((p, q) => whole[q] - whole[p]).slice(0, count);
    const others = session.length > 1 ? this.logs(session.map((_, left) => session.filter((_, place) => place !== left))) : [];
    return order.map(item => {
      const without = others.map(logs => logs[item]);
      return {item, chance: Math.exp(whole[item]), because: without.indexOf(Math.min(...without))};
    });
  }

  /** Log probabilities of the next item after each of some sessions of one length. */
  logs(sessions) {
    const stream = this.net.stream({rows: sessions.length}), {outputs} = this.net.architecture;
    let y;
    for (let t = 0; t < sessions[0].length; t++) y = stream.step(sessions.map(session => session[t]));
    stream.release();
    return sessions.map((_, row) => {
      const values = y.subarray(row * outputs, (row + 1) * outputs), most = values.reduce((a, b) => Math.max(a, b));
      const total = Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0)) + most;
      return values.map(value => value - total);
    });
  }
}
