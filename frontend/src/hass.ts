/** The part of the frontend's `hass` object that the card uses. */

export interface Hass {
  connected: boolean;
  language: string;
  locale: {
    language: string;
    time_zone: "local" | "server";
    time_format: "language" | "system" | "12" | "24";
  };
  config: { time_zone: string };
  user?: { is_admin: boolean };
  devices: Record<string, { id: string; name: string | null; name_by_user: string | null } | undefined>;
  entities: Record<string, { platform?: string; device_id?: string } | undefined>;
  connection: {
    subscribeMessage<T>(
      callback: (message: T) => void,
      message: { type: string },
      options: { resubscribe: boolean },
    ): Promise<() => Promise<void>>;
  };
  localize(key: string): string;
  loadBackendTranslation(
    category: string,
    integration: string,
  ): Promise<(key: string, values?: Record<string, string>) => string>;
  callWS<T>(message: { type: string; [key: string]: unknown }): Promise<T>;
}
