/** Days and hours as the user's profile has them: in the browser's time zone or in the server's. */

import type { Hass } from "./hass";

const HOUR = 3_600_000;
const MINUTE = 60_000;

const LOCAL_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export const zoneOf = (hass: Hass): string =>
  hass.locale.time_zone === "server" ? hass.config.time_zone : LOCAL_ZONE;

/** Making a format takes a hundred times as long as using it. */
const remembered = <Options, Format>(make: (language: string, options: Options) => Format) => {
  const made = new Map<string, Format>();
  return (language: string, options: Options): Format => {
    const key = language + JSON.stringify(options);
    const format = made.get(key) ?? make(language, options);
    made.set(key, format);
    return format;
  };
};
const times = remembered(
  (language, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language, options),
);
const numbers = remembered(
  (language, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(language, options),
);

/** Sweden writes its dates as ISO 8601 does. */
const ISO = "sv-SE";

/** The day of a moment, as YYYY-MM-DD. */
export const dayOf = (at: number, zone: string): string => times(ISO, { timeZone: zone }).format(at);

/** How far the clocks of `zone` are ahead of UTC at a moment, in ms. */
const offset = (at: number, zone: string): number => {
  const shown = times(ISO, { timeZone: zone, dateStyle: "short", timeStyle: "medium" }).format(at);
  return Date.parse(`${shown.replace(" ", "T")}Z`) - Math.floor(at / 1000) * 1000;
};

/** When a day begins, in ms since 1970; 23 to 25 hours before the next. */
export const startOfDay = (day: string, zone: string): number => {
  const utc = Date.parse(`${day}T00:00:00Z`);
  const midnight = utc - offset(utc - offset(utc, zone), zone);
  // Where summer time begins at midnight, there is none.
  return dayOf(midnight, zone) < day ? midnight + HOUR : midnight;
};

export const shift = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 24 * HOUR).toISOString().slice(0, 10);

/** The beginning of the hour that a moment lies in. */
export const startOfHour = (at: number, zone: string): number => {
  const ahead = offset(at, zone);
  return Math.floor((at + ahead) / HOUR) * HOUR - ahead;
};

export class Clock {
  readonly zone: string;
  private readonly language: string;
  private readonly hour12: boolean | undefined;

  constructor(hass: Hass) {
    this.zone = zoneOf(hass);
    this.language = hass.locale.language;
    this.hour12 = { "12": true, "24": false }[hass.locale.time_format as string];
  }

  private format(at: number, options: Intl.DateTimeFormatOptions): string {
    return times(this.language, { timeZone: this.zone, ...options }).format(at);
  }

  time(at: number): string {
    return this.format(at, { hour: "numeric", minute: "2-digit", second: "2-digit", hour12: this.hour12 });
  }

  hour(at: number): string {
    return this.format(at, { hour: "numeric", minute: "2-digit", hour12: this.hour12 });
  }

  date(at: number): string {
    return this.format(at, { weekday: "short", day: "numeric", month: "short" });
  }

  moment(at: number): string {
    return this.format(at, { dateStyle: "medium", timeStyle: "short", hour12: this.hour12 });
  }

  /** A duration in ms, in whole seconds: its two largest units. */
  duration(ms: number): string {
    const seconds = Math.round(ms / 1000);
    const parts = [
      { unit: "hour", value: Math.floor(seconds / 3600) },
      { unit: "minute", value: Math.floor(seconds / 60) % 60 },
      { unit: "second", value: seconds % 60 },
    ];
    const first = parts.findIndex(({ value }) => value);
    if (first < 0) return this.unit(0, "second");
    return parts
      .slice(first, first + 2)
      .filter(({ value }) => value)
      .map(({ unit, value }) => this.unit(value, unit))
      .join(" ");
  }

  /** A sum of durations in ms, of which nobody wants to know the seconds. */
  total(ms: number): string {
    return this.duration(ms < MINUTE ? ms : Math.round(ms / MINUTE) * MINUTE);
  }

  private unit(value: number, unit: string): string {
    return numbers(this.language, { style: "unit", unit, unitDisplay: "short" }).format(value);
  }

  percent(share: number): string {
    return numbers(this.language, { style: "percent" }).format(share);
  }
}
