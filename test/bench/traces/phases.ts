import type { Random } from './random.ts';
import type { Character, Second } from './trace.ts';

const clamp = (value: number) => Math.min(1, Math.max(0, value));

export function characterOf(random: Random): Character {
  return {
    engine: random.between(0.84, 0.99),
    tensor: random.between(0.15, 0.6),
    power: random.between(280, 420),
    idlePower: random.between(55, 85),
    toHost: random.between(5e6, 120e6),
    memory: random.between(30e9, 78e9),
  };
}

/** Forward and backward passes at full tilt. */
export function working(character: Character, random: Random, share = 1): Second {
  const engine = clamp(character.engine * share + random.normal() * 0.02);
  return {
    utilization: clamp(0.97 + random.normal() * 0.02),
    engine,
    tensor: clamp(character.tensor * share + random.normal() * 0.03),
    power: character.power * (0.4 + 0.6 * share) + random.normal() * 12,
    toHost: Math.max(0, character.toHost * (1 + random.normal() * 0.3)),
    memory: character.memory,
  };
}

/** Kernels now and then: `share` of the time. */
export function waiting(character: Character, random: Random, share: number): Second {
  const busy = clamp(share + random.normal() * 0.03);
  return {
    utilization: busy,
    engine: busy,
    tensor: busy * character.tensor,
    power:
      character.idlePower + busy * (character.power - character.idlePower) + random.normal() * 4,
    toHost: character.toHost * busy,
    memory: character.memory,
  };
}

/** A collective that spins: resident, and doing nothing. */
export function spinning(character: Character, random: Random): Second {
  return {
    utilization: 1,
    engine: clamp(0.99 + random.normal() * 0.005),
    tensor: 0,
    power:
      character.idlePower + (character.power - character.idlePower) * 0.22 + random.normal() * 5,
    toHost: 0,
    memory: character.memory,
  };
}

/** The process is gone. */
export function gone(character: Character, random: Random): Second {
  const power = character.idlePower * 0.9 + random.normal() * 2;
  return { utilization: 0, engine: 0, tensor: 0, power, toHost: 0, memory: 0 };
}
