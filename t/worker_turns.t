# A provider takes fewer calls a second than there are: each shard has its turn,
# and who comes last waits for those before him, not for ever.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Carriers;
use OrderSave::Track;

my $t = OrderSave::Track->new(campaign => {track => {follow => {by => 'aftership', codes => {'*' => 'other'}, silent => '1s'}}});
my $c = OrderSave::Carriers->new($t->path('.'));
$c->open;
$t->{config} = {carriers => {aftership => {key_file => $t->write('key', "$OrderSave::Carriers::KEYS{aftership}\n"), url => $c->url . '/', per_second => 2}}};
$t->start;

sub sold { my ($number) = @_; my $o = $t->buy(customer => 'ada'); $t->ship($o, $number); return $o }
sub followed { my ($o, $n) = @_; return ($t->parcel($o, $n) // {})->{followed} // {} }
sub asked { my ($n) = @_; return scalar grep { $_->{number} eq $n } $c->calls }

# three are asked for every second, and may be asked for twice

my @busy = map { [sold("1ZA$_"), "1ZA$_"] } 1 .. 3;
for my $one (@busy) {
    ok $t->wait_for('it', sub { followed(@$one)->{by} && asked($one->[1]) > 2 }), "$one->[1] is followed, and asked for";
}

my @late = map { [sold("1ZB$_"), "1ZB$_"] } 1 .. 4;
for my $one (@late) {
    ok $t->wait_for('it', sub { followed(@$one)->{by} }), "$one->[1], of another shard, has its turn";
}
my @before = map { asked($_->[1]) } @busy, @late;
ok $t->wait_for('all', sub { !grep { asked(($busy[$_] // $late[$_ - 3])->[1]) <= $before[$_] } 0 .. 6 }), 'and all go on being asked for';

$t->stop;
done_testing;
