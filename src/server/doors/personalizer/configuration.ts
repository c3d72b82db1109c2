import type { FastifyInstance } from "fastify";
import { explorationOf, learningSettingsOf } from "../../../core/doors/personalizer/learningSettings.ts";
import { serviceConfigurationOf, settingsBy } from "../../../core/doors/personalizer/serviceConfiguration.ts";
import { defaultSettings, type PolicySettings } from "../../../core/settings/policy.ts";
import type { AppContext } from "../../context.ts";
import { jsonOf, policyOfLoop } from "./door.ts";
import { errorAnswers, LearningSettingsSchema, ServiceConfigurationSchema, tags, VersionParams } from "./schemas.ts";

/** The loop's configuration: settings of its policy in the service's words. What is answered is what is in effect. */
export function configurationRoutes(app: FastifyInstance, context: AppContext): void {
  const { policies, streams, ports } = context;
  const params = VersionParams;
  const change = async (name: string, given: Partial<PolicySettings>) => {
    await policies.change(name, given);
    await streams.changed(policies.get(name));
    return policies.get(name).settings;
  };
  const before = (name: string) => ({ settings: policies.use(name).settings, given: ports.policies.get(name) ?? {} });
  const configuration = { personalizer: "InvalidServiceConfiguration" } as const;
  const service = { 200: ServiceConfigurationSchema, ...errorAnswers };
  app.get(
    "/:version/configurations/service",
    {
      config: configuration,
      schema: {
        operationId: "personalizerGetService",
        summary: "The loop's configuration in effect.",
        tags,
        params,
        response: service,
      },
    },
    async (request) => serviceConfigurationOf(policies.use(policyOfLoop(request)).settings, ports.bounds),
  );
  app.put(
    "/:version/configurations/service",
    {
      config: configuration,
      schema: {
        operationId: "personalizerPutService",
        summary: "Changes the policy's rewards, exploration and mode; answers what is in effect.",
        tags,
        params,
        body: ServiceConfigurationSchema,
        response: service,
      },
    },
    async (request) => {
      const name = policyOfLoop(request);
      const settings = await change(name, settingsBy(jsonOf(request), before(name)));
      return serviceConfigurationOf(settings, ports.bounds);
    },
  );
  learningRoutes(app, context, { change, before });
}

interface Changing {
  readonly change: (name: string, given: Partial<PolicySettings>) => Promise<PolicySettings>;
  readonly before: (name: string) => { readonly settings: PolicySettings; readonly given: Partial<PolicySettings> };
}

/** Learning settings: of what they say, the exploration acts. */
function learningRoutes(app: FastifyInstance, { policies }: AppContext, { change, before }: Changing): void {
  const config = { personalizer: "InvalidPolicyContract" } as const;
  const common = { tags, params: VersionParams, response: { 200: LearningSettingsSchema, ...errorAnswers } };
  const path = "/:version/configurations/policy";
  app.get(
    path,
    {
      config,
      schema: { operationId: "personalizerGetPolicy", summary: "The exploration as learning settings.", ...common },
    },
    async (request) => learningSettingsOf(policies.use(policyOfLoop(request)).settings.exploration),
  );
  app.put(
    path,
    {
      config,
      schema: {
        operationId: "personalizerPutPolicy",
        summary: "Explores as the arguments say; answers what is in effect.",
        body: LearningSettingsSchema,
        ...common,
      },
    },
    async (request) => {
      const name = policyOfLoop(request);
      const exploration = explorationOf(jsonOf(request));
      return learningSettingsOf((await change(name, { ...before(name).given, exploration })).exploration);
    },
  );
  app.delete(
    path,
    {
      config,
      schema: { operationId: "personalizerResetPolicy", summary: "Explores by the default again.", ...common },
    },
    async (request) => {
      const name = policyOfLoop(request);
      const { exploration } = defaultSettings;
      return learningSettingsOf((await change(name, { ...before(name).given, exploration })).exploration);
    },
  );
}
