#!/usr/bin/env perl

# What "export facts" writes goes into PostgreSQL by the statements that
# docs/operation.md prints: all of it, whatever stands in it, and once however
# often it is loaded. With --full: a database server is started for it.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my ($server) = reverse sort glob '/usr/lib/postgresql/*/bin';
plan skip_all => 'with --full only' if !$ENV{ORDERSAVE_FULL};
plan skip_all => 'PostgreSQL is not installed (Debian: postgresql)' if !$server;

my $json = JSON::PP->new->canonical->utf8;
my $bin = $ENV{ORDERSAVE_BIN} // 'build';
my $t = OrderSave::Worker->new;
$t->start(no_worker => 1);
$t->configure(console => {database => 'console.db'});

my (%kept, $n);
sub fact { my ($order, $kind, %more) = @_; $t->redis('XADD', $t->key('facts', $order), '*', e => $json->encode({id => 'e' . ++$n . ":$kind", kind => $kind, at => time - 86400, order => $order, %more})) }
for my $i (1 .. 300) {
    fact("shop/$i", 'asked', reason => (qw(costs other))[$i % 2]);
    next if $i % 3;
    my $currency = (qw(EUR KRW))[$i % 2];
    fact("shop/$i", 'saved', offer => 'ten', money => 100 * $i, currency => $currency);
    $kept{$currency} += 100 * $i;
}
fact('shop/odd', 'asked', reason => "back\\slash \"quote\" 'apostrophe' tab\t line\nend \\n \\. comma, \x{1f4e6} \\N");
my $pid = fork // die;
if (!$pid) { exec "$bin/ordersave-console", '--once', '-c', $t->path('worker.json') or POSIX::_exit(127) }
waitpid $pid, 0;
my ($rc, $lines) = $t->ctl('export', 'facts');
is $rc, 0, 'exported';

# a server of our own, on a socket

my $dir = $t->path('pg');
mkdir $dir;
my $as = $> == 0 ? 'setpriv --reuid=postgres --regid=postgres --clear-groups' : '';
if ($> == 0) { my ($uid, $gid) = (getpwnam 'postgres')[2, 3]; chown $uid, $gid, $dir; chmod 0755, $t->{dir} }
sub run { my ($command) = @_; my $out = qx{cd $dir && $as $command 2>&1}; return ($? >> 8, $out) }
my ($bad, $said) = run("$server/initdb -D $dir/data -A trust -E UTF8 --locale=C.UTF-8 -U test");
is $bad, 0, 'a database' or diag $said;
run("$server/pg_ctl -D $dir/data -w -o '-k $dir -c listen_addresses= -c fsync=off' -l $dir/log start");
END { run("$server/pg_ctl -D $dir/data -m immediate stop") if $dir && -d "$dir/data" }
sub sql { my ($text) = @_; $t->write('pg/sql', $text); chmod 0644, $t->path('pg/sql'); return run("$server/psql -h $dir -U test -X -q -A -t -v ON_ERROR_STOP=1 -f sql postgres") }

my $doc = do { open my $fh, '<', 'docs/operation.md' or die; local $/; <$fh> };
my @blocks = map { s{^    }{}gmr } grep { m{^    (?:CREATE (?:TEMP )?TABLE|SELECT date_trunc)} } map { s{^\n+}{}r } $doc =~ m{((?:^(?:    .*)?\n)+)}mg;
is scalar @blocks, 3, 'three pieces of SQL';
$t->write('pg/facts.jsonl', $lines);
chmod 0644, $t->path('pg/facts.jsonl');
is_deeply [sql($blocks[0])], [0, ''], 'the table';
is_deeply [sql($blocks[1])], [0, ''], 'loaded';
is_deeply [sql($blocks[1])], [0, ''], 'and once more';
is +(sql('SELECT count(*) FROM fact;'))[1] + 0, scalar(my @all = split /\n/, $lines), 'each once';
my ($odd) = map { $json->decode($_) } grep { /shop\/odd/ } split /\n/, $lines;
is_deeply $json->decode((sql(q{SELECT json FROM fact WHERE "order" = 'shop/odd';}))[1]), $odd, 'whatever stands in it';
my %sum = map { my @f = split /\|/; ($f[2] => $f[4]) } split /\n/, (sql($blocks[2]))[1];
is_deeply \%sum, \%kept, 'money kept, by the query that is printed';

$t->stop;
done_testing;
