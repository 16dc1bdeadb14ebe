"""Makes, by SkyPilot's own Python API, what `sky launch` and `sky jobs launch` would have made.

launch.py cluster NAME NODES [spot]   instances in AWS (an emulator of it) and a cluster of them
launch.py job NAME                    the same, as a managed job that runs
launch.py service NAME                a service with one replica, as `sky serve up` would have made it
launch.py end-job ID                  ends such a job, as its controller would
"""
import asyncio
import os
import pathlib
import subprocess
import sys
import time

import boto3
import sky
from sky import clouds, global_user_state
from sky.backends import CloudVmRayResourceHandle
from sky.jobs import state as jobs
from sky.provision import common
from sky.serve import replica_managers, serve_state, service_spec
from sky.utils import cluster_utils

REGION = 'us-east-1'
TYPE = 'g5.xlarge'
IMAGE = 'ami-12c6146b'

FILE = """
cluster_name: {on_cloud}
max_workers: {workers}
provider:
  type: external
  module: sky.provision.aws
  region: us-east-1
  use_internal_ips: false
  security_group: {{GroupName: default, ManagedBySkyPilot: false}}
auth: {{ssh_user: ubuntu, ssh_private_key: ~/.sky/key}}
available_node_types:
  ray.head.default:
    resources: {{}}
    node_config:
      InstanceType: g5.xlarge
{market}"""


def instances_of(on_cloud, count):
    """One instance a call, with the tags of sky/provision/aws/instance.py."""
    ec2 = boto3.client('ec2', region_name=REGION)
    found = []
    for index in range(count):
        role = 'head' if index == 0 else 'worker'
        tags = {
            'Name': f'sky-{on_cloud}-{role}',
            'ray-cluster-name': on_cloud,
            'skypilot-cluster-name': on_cloud,
            'ray-node-type': role,
        }
        answer = ec2.run_instances(
            ImageId=IMAGE, InstanceType=TYPE, MinCount=1, MaxCount=1,
            TagSpecifications=[{
                'ResourceType': 'instance',
                'Tags': [{'Key': key, 'Value': value} for key, value in tags.items()],
            }])
        found.append(answer['Instances'][0]['InstanceId'])
    described = ec2.describe_instances(InstanceIds=found)['Reservations']
    known = {one['InstanceId']: one for reservation in described for one in reservation['Instances']}
    return [known[one] for one in found]


def cluster(name, count, spot=False, managed=False):
    on_cloud = f'{name}-{global_user_state.common_utils.get_user_hash()}'
    market = '      InstanceMarketOptions: {MarketType: spot}\n' if spot else ''
    text = FILE.format(on_cloud=on_cloud, workers=count - 1, market=market)
    path = os.path.expanduser(f'~/.sky/generated/{name}.yml')
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    global_user_state.set_cluster_yaml(name, text)
    instances = instances_of(on_cloud, count)
    pairs = [(one['PrivateIpAddress'], one['PublicIpAddress']) for one in instances]
    resources = sky.Resources(
        infra=f'aws/{REGION}', instance_type=TYPE, use_spot=spot)
    info = common.ClusterInfo(
        provider_name='aws', head_instance_id=instances[0]['InstanceId'],
        provider_config={'region': REGION}, ssh_user='ubuntu',
        instances={
            one['InstanceId']: [common.InstanceInfo(
                one['InstanceId'], one['PrivateIpAddress'], one['PublicIpAddress'], {},
                node_name=next(tag['Value'] for tag in one['Tags'] if tag['Key'] == 'Name'))]
            for one in instances
        })
    handle = CloudVmRayResourceHandle(
        cluster_name=name, cluster_name_on_cloud=on_cloud, cluster_yaml=path,
        launched_nodes=count, launched_resources=resources,
        stable_internal_external_ips=pairs, stable_ssh_ports=[22] * count, cluster_info=info)
    global_user_state.add_or_update_cluster(
        name, handle, requested_resources={resources}, ready=True, is_managed=managed)
    if not managed:
        cluster_utils.SSHConfigHelper.add_cluster(
            name, on_cloud, [public for _, public in pairs],
            {'ssh_user': 'ubuntu', 'ssh_private_key': '~/.sky/key'}, [22] * count)


async def quietly(*_args, **_kwargs):
    pass


def job(name):
    user = global_user_state.common_utils.get_user_hash()
    number = jobs.set_job_info_without_job_id(
        name=name, workspace='default', entrypoint='', pool=None, pool_hash=None, user_hash=user)
    jobs.set_pending(number, 0, name, '1x', '{}')

    async def start():
        now = time.time()
        await jobs.set_starting_async(number, 0, 'now', now, '1x', {}, quietly)
        await jobs.set_started_async(number, 0, now, quietly)

    asyncio.run(start())
    jobs.set_current_cluster_name(number, f'{name}-{number}')
    cluster(f'{name}-{number}', 1, spot=True, managed=True)
    print(f'job {number}')


def controller(name):
    """A process that SkyPilot takes for a service's controller, by its command line: without one it
    soon says that the service has failed. Who ends SkyPilot ends it, too."""
    program = [sys.executable, '-c', 'import time; time.sleep(3600)', '--service-name', name]
    nothing = subprocess.DEVNULL
    return subprocess.Popen(
        program, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True).pid


def service(name):
    user = global_user_state.common_utils.get_user_hash()
    serve_state.add_service(
        name, controller_job_id=1, policy='', requested_resources_str='1x[A10G:1]',
        load_balancing_policy='round_robin', status=serve_state.ServiceStatus.READY,
        tls_encrypted=False, pool=False, controller_pid=controller(name), entrypoint='', user_hash=user)
    spec = service_spec.SkyServiceSpec.from_yaml_config({'readiness_probe': '/', 'replicas': 1})
    serve_state.add_or_update_version(name, 1, spec, '{}')
    cluster(f'{name}-1', 1, managed=True)
    replica = replica_managers.ReplicaInfo(
        replica_id=1, cluster_name=f'{name}-1', replica_port='8080', is_spot=False,
        location=None, version=1, resources_override=None)
    status = replica.status_property
    status.sky_launch_status = replica_managers.common_utils.ProcessStatus.SUCCEEDED
    status.service_ready_now = True
    status.first_ready_time = time.time()
    serve_state.add_or_update_replica(name, 1, replica)


def end_job(number):
    global_user_state.remove_cluster(f'eval-{number}', terminate=True)

    async def end():
        await jobs.set_cancelling_async(number, quietly)
        await jobs.set_cancelled_async(number, quietly)

    asyncio.run(end())


if __name__ == '__main__':
    verb, name, *rest = sys.argv[1:]
    if verb == 'cluster':
        cluster(name, int(rest[0]), spot='spot' in rest)
    elif verb == 'job':
        job(name)
    elif verb == 'service':
        service(name)
    else:
        end_job(int(name))
