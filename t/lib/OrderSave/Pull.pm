package OrderSave::Pull;

# A worker that reads the catalog from a store's own API.
#
#     my $t = OrderSave::Pull->new;
#     my $shop = $t->open_shop(most => 10);         # OrderSave::Products
#     $t->start(no_worker => 1);
#     $t->pull($t->woo(every => '1h'));             # a worker reads, from the start
#     $t->pull($pull, keep => 1);                   # goes on from where it was
#     $t->whole; $t->ids; $t->product(7);
#     $t->fails('of a 500', qr/said 500/);          # a failure of this worker

use strict;
use warnings;

use parent 'OrderSave::Worker';

use JSON::PP;
use MIME::Base64 qw(encode_base64);
use OrderSave::Products;

sub open_shop {
    my ($self, %o) = @_;
    $self->{shop} = OrderSave::Products->new($self->path('.'));
    $self->{shop}->open(%o);
    $self->key_fits(1);
    return $self->{shop};
}

sub key_fits {
    my ($self, $fits) = @_;
    return $self->write('woo-key', 'Basic ' . ($fits ? encode_base64('ck:cs', '') : 'wrong') . "\n");
}

sub woo {
    my ($self, %o) = @_;
    return {every => '1s', whole => '1h', base => $self->{shop}->url, key => {header => 'Authorization', file => 'woo-key'}, %o};
}

sub pull {
    my ($self, $pull, %o) = @_;
    $self->kill_now('worker', 'TERM') if $self->{pids}{worker};
    $self->{overrides}{catalog} = {pull => $pull};
    $self->write('campaign.json', encode_json($self->campaign));
    $self->redis('DEL', $self->shard_key(0, 'pull:shop')) unless $o{keep};
    # logs are written on: what this worker says stands behind this
    $self->{said} = length($self->{pids} && -e $self->path('logs/worker.out') ? $self->log : '');
    return $self->start_worker;
}

# What the worker has said since it was started.
sub said { my ($self) = @_; return substr $self->log, $self->{said} }

sub fails {
    my ($self, $name, $what) = @_;
    return $self->wait_for($name, sub { $self->said =~ /catalog: [^\n]*$what[^\n]*; again in/ });
}

sub state_of { my ($self) = @_; my $text = $self->redis('GET', $self->shard_key(0, 'pull:shop')); return $text ? decode_json($text) : {} }

sub product { my ($self, $id) = @_; my $text = $self->redis('GET', $self->key("product:shop/$id", "shop/$id")); return $text ? decode_json($text) : undef }

sub index_of { my ($self, $kind, $name) = @_; my @all = sort @{$self->redis('ZRANGE', $self->key("$kind:shop/$name", "shop/$name"), 0, -1)}; return @all }

sub ids { my ($self) = @_; return sort { $a <=> $b } map { @{$self->redis('SMEMBERS', $self->shard_key($_, 'products:shop'))} } 0 .. 15 }

sub whole { my ($self) = @_; return $self->wait_for('all to be read', sub { my $s = $self->state_of; $s->{whole} && !$s->{run} }) }

# Which whole reading of all it was: another one begins later.
sub read_again {
    my ($self) = @_;
    my $last = $self->state_of->{whole} // 0;
    return $self->wait_for('all to be read again', sub { my $s = $self->state_of; ($s->{whole} // 0) > $last && !$s->{run} });
}

1;
