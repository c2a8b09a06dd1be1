/** The cameras of all edges, by place. */

import type { Camera, Edge } from "./api";
import type { Hass } from "./hass";
import { partsOf, placeOf } from "./timeline";

/** Those of the devices, or all where there are no devices. */
export const placesOf = (edges: Edge[], devices: string[]): Map<string, Camera> =>
  new Map(
    edges.flatMap((edge) =>
      edge.cameras
        .filter((camera) => !devices.length || devices.includes(camera.device_id ?? ""))
        .map((camera): [string, Camera] => [placeOf(edge.entry_id, camera.id), camera]),
    ),
  );

/** Which cameras of an edge are among the places, if it is not all. */
export const within = (entryId: string, places: string[] | undefined): string[] | undefined =>
  places?.map(partsOf).flatMap(([edge, camera]) => (edge === entryId ? [camera] : []));

/** What people call the cameras, and of which edge they are where two are called the same. */
export const namesOf = (hass: Hass, edges: Edge[], places: Map<string, Camera>): Map<string, string> => {
  const names = [...places].map(([place, camera]) => ({ place, name: nameOf(hass, camera) }));
  return new Map(
    names.map(({ place, name }) => {
      const twice = names.filter((other) => other.name === name).length > 1;
      const edge = edges.find((each) => each.entry_id === partsOf(place)[0]);
      return [place, twice && edge ? `${name} (${edge.title})` : name];
    }),
  );
};

export const nameOf = (hass: Hass, camera: Camera): string => {
  const device = camera.device_id ? hass.devices[camera.device_id] : undefined;
  return device?.name_by_user ?? device?.name ?? camera.name;
};
