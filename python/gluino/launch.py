"""Starts a program in several processes that train together, as MXNet's tools/launch.py does:

    gluino-launch -n 4 python train.py --kv-store dist_sync
    gluino-launch -n 16 -H hosts digits train --kvstore dist_sync

A thin cover over Open MPI's mpirun, which can be called as well. Needs nothing of Gluino.
"""
import argparse
import os
import re
import shutil
import sys

_ROW = re.compile(r'[\w.:-]+(\s+(slots|max_slots|max-slots)\s*=\s*\d+)*$')
_VARIABLE = re.compile(r'([A-Za-z_]\w*)([:=](.*))?$', re.DOTALL)


def _parser():
    parser = argparse.ArgumentParser(
        prog='gluino-launch', usage='%(prog)s -n WORKERS [options] command...',
        description='Starts a command in several processes that train together, by mpirun.')
    parser.add_argument('-n', '--num-workers', type=int, required=True, help='how many processes')
    parser.add_argument('-s', '--num-servers', type=int, default=0,
                        help="taken and ignored: workers of 'dist_sync' sum among themselves")
    parser.add_argument('-H', '--hostfile', help='a file with a host per line; without, this one')
    parser.add_argument('--launcher', default='mpi', choices=['mpi', 'ssh', 'local', 'sge', 'yarn'],
                        help='mpi and ssh: mpirun, which reaches other hosts by ssh; local: this host')
    parser.add_argument('--env', '--env-worker', action='append', default=[], metavar='NAME[=VALUE]',
                        help='a variable of the environment for the workers')
    parser.add_argument('--env-server', action='append', default=[], help='taken and ignored')
    parser.add_argument('--sync-dst-dir', help='refused: let the hosts share a folder')
    parser.add_argument('--p3', action='store_true', help='taken and ignored')
    parser.add_argument('command', nargs=argparse.REMAINDER, help='what each process runs')
    return parser


def _check(parser, options):
    if options.num_workers < 1:
        parser.error(f'-n: expected at least 1 worker, got {options.num_workers}')
    if options.num_servers < 0:
        parser.error(f'-s: expected 0 or more, got {options.num_servers}')
    if not options.command:
        parser.error('expected a command to start')
    if options.launcher in ('sge', 'yarn'):
        parser.error(f'--launcher {options.launcher} is not supported: submit a job that runs mpirun '
                     'with the same command, or use --launcher mpi')
    if options.launcher == 'local' and options.hostfile:
        parser.error('--launcher local starts all on this host, and -H names others: take one')
    if options.sync_dst_dir:
        parser.error('--sync-dst-dir is not supported: put program and data where all hosts see them, '
                     'under the same path')
    if options.num_servers or options.env_server or options.p3:
        print('gluino-launch: there are no servers: the workers sum among themselves (-s, --env-server '
              'and --p3 have no effect)', file=sys.stderr)


def _check_hosts(parser, path):
    try:
        with open(path, encoding='utf-8') as file:
            rows = [row.split('#')[0].strip() for row in file]
    except (OSError, UnicodeDecodeError) as error:
        parser.error(f'-H: {path}: {error}')
    wrong = [row for row in rows if row and not _ROW.match(row)]
    if wrong or not any(rows):
        parser.error(f'-H: {path}: expected a host per line, optionally with slots=NUMBER, '
                     f'got {wrong[0] if wrong else "no host"!r}')


def command_line(arguments):
    """What mpirun is called with, as a list. SystemExit, with a sentence, for wrong arguments."""
    parser = _parser()
    options = parser.parse_args(arguments)
    _check(parser, options)
    # More workers than processors are the user's to ask for; their threads share all processors.
    line = ['mpirun', '-n', str(options.num_workers), '--oversubscribe', '--bind-to', 'none']
    if os.geteuid() == 0:
        line.append('--allow-run-as-root')
    variables = dict.fromkeys(name for name in os.environ if name.startswith(('GLUINO_', 'MXNET_')))
    if options.hostfile:
        _check_hosts(parser, options.hostfile)
        line += ['--hostfile', options.hostfile, '--map-by', 'node']
    else:
        share = len(os.sched_getaffinity(0)) // options.num_workers
        variables.setdefault('GLUINO_NUM_THREADS', str(max(1, share)))
    for given in options.env:
        found = _VARIABLE.match(given)
        if not found:
            parser.error(f'--env: expected NAME or NAME=VALUE, got {given!r}')
        variables[found[1]] = found[3]
    for name, value in variables.items():
        line += ['-x', name if value is None else f'{name}={value}']
    return line + options.command


def main(arguments=None):
    """Becomes mpirun. SystemExit, with a sentence, for wrong arguments and where there is none."""
    line = command_line(arguments)
    if shutil.which(line[0]) is None:
        sys.exit('gluino-launch: there is no mpirun here; install Open MPI (on Debian: apt install '
                 'openmpi-bin)')
    sys.stderr.flush()
    os.execvp(line[0], line)


if __name__ == '__main__':
    main()
